"""Styrkedjan: planning and follow-up in Swedish regions."""
