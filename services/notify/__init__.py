"""Notify tells: reads `tickets` and `policies`, writes what was told to whom and whether it arrived.

Answers for: customers, stores and technicians are told once, in order, or someone sees why not; subscribers get every
event they asked for.
"""
