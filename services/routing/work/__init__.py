"""Routing's own loops; any number of processes may run them side by side.

`dispatch.py` gives waiting tickets to technicians, `deadlines.py` warns and ends offers, `sweep.py` forgets old
answers, `policies.py` keeps the rules of this process fresh.
"""
