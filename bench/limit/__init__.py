"""The physical limit: one hand-written statement."""
