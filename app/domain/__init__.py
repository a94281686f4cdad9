"""The steering model's concepts and rules, free of database, web and clock."""
