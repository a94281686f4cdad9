"""The ordinary way: Strawberry with async resolvers and data loaders."""
