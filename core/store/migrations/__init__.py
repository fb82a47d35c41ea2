"""The history of the schema, one module in `versions` for each step; `core.store.migrate` applies it."""
