"""The log: writing facts so that none is lost or doubled, and reading them so that every reader agrees.

Writing: `outbox.py` (in the transaction of the state) → `relay.py` (one leader per database) over `fence.py`
(epochs, fences, tail check). Reading: `reader.py` (batches, position and effect in one transaction) over
`admission.py` (which record counts), `dead_letters.py` for what cannot be read. `record.py` is the form on Kafka,
`topics.py` the topics, `position.py` what callers wait for, `tables.py` the tables.
"""
