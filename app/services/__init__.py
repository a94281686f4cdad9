"""Use cases: load, apply the rules, write. No HTTP here, and no commit."""
