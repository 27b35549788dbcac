"""Routing's front door.

`tickets.py` commands and actions, `technicians.py` duty, `policies.py` rules, `letters.py` dead letters.
"""
