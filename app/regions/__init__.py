"""One folder per region, data only, and the loader that validates it."""
