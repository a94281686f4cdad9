"""Migrations of the schema, run by `styrkedjan migrate`."""
