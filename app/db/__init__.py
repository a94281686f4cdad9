"""PostgreSQL: engine, unit of work, tables, queries, the embedded server."""
