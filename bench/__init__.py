"""Benches: made-up data of any size, what we are measured against, and the runner. Not part of the service."""
