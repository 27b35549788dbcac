"""Joins what is read, what is decided and what is kept.

`read.py` a batch of the log, `record.py` the end of attempts, `facts.py` what notify writes about it.
"""
