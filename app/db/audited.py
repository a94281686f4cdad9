"""Which tables the audit log does not follow, and why; every other table has its triggers (held by a test).

A migration that makes a table says `select audit_table('name', '{...}')` (migration 0010 tells the options).
"""

LOG = frozenset({"audit_entries", "audit_heads", "audit_transactions"})
"""The log itself. Nobody empties it, not even who takes a whole region away."""

EXEMPT = {
    "audit_entries": "the log itself",
    "audit_heads": "the log itself",
    "audit_transactions": "the log itself",
    "catalogue_syncs": "how far a sync has come; what it brings are imports, and its own rows say who began it",
    "data_versions": "counters that every change of a table moves on",
    "idempotency_keys": "answers kept for a day so that a request can be sent twice; the change they answer is logged",
    "jobs": "when a scheduled job last ran",
    "org_ancestors": "derived from org_placements by a trigger",
    "outcome_facts": "too many for an entry each: an import is one (outcome_imports), outcome_history has corrections",
    "outcome_import_conflicts": "what an import did not take, written once with it and counted in its entry",
    "rate_counts": "how many requests were made within the minute",
    "outcome_history": "an append-only record itself: every corrected outcome, who corrected it and by which import",
}
"""Table -> why it has no entries."""
