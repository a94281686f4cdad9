"""Work that the service does by itself, on a schedule: one replica at a time, whatever happens to it."""
