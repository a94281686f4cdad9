"""GraphQL answered without an executor: a question is planned once, and its answer put together by code made for it."""
