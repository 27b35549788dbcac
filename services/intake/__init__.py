"""Intake records: reads the channels, the directory and `tickets` (which are open, whose), writes what came in.

Writes `ticket.opened` and `ticket.followed_up`. Answers for: every contact that arrived is exactly one of opened,
follow-up, duplicate or refused with an error, and the ledger adds up.
"""
