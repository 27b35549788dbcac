"""Notify's own loops.

`mail.py` takes letters out, `webhooks.py` posts events to subscribers, `upkeep.py` renews leases, ends lost ones and
lets the past go.
"""
