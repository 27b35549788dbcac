"""Routing decides. Reads `tickets`, `policies` and commands over HTTP; writes every decision about a ticket; answers for
the workflow, who works on it, and by when."""
