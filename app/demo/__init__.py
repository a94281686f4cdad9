"""The demonstration: made-up plans, outcomes and assessments for one board, sent through the public API."""
