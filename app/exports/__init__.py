"""Tables of any length out of the service: batches of rows in, bytes out, never the whole of it in memory."""
