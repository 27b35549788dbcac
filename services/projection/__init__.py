"""Projection shows: reads `tickets` and `policies`, writes nothing but read models, answers for what everybody sees.

Every answer can be rebuilt from offset zero, and says how fresh it is. `views/` says what is shown (pure folds),
`consume.py` takes the log in, `store.py` writes the read model, `queries.py` reads it, `live.py` follows it,
`rebuild/` builds it anew beside the old one; `tables.py` has its tables, `http/` the routes.
"""
