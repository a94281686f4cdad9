"""The service's version, as in pyproject.toml (a test holds them together)."""

VERSION = "0.1.0"
