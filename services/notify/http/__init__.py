"""Notify's front door: `deliveries.py`, `subscriptions.py`, `mailbox.py`."""
