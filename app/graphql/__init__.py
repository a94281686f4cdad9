"""The GraphQL read schema."""
