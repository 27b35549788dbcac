"""Routing decides: the workflow of a ticket, who works on it, and by when.

Reads `tickets`, `policies` and commands over HTTP; writes every decision about a ticket; answers for the reasons.
"""
