"""What a request does: load, decide, save with outbox, answer. No `if` about tickets in it.

`commands.py` one command about one ticket; `duty.py` a technician comes or leaves; `policies.py` rules are published.
"""
