"""The HTTP edge: REST resources, problems, conditional requests, idempotency."""
