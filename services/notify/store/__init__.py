"""Notify's rows: `tickets.py` and `policies.py` what is known.

`plans.py` new deliveries, `claims.py` who sends what now, `outcomes.py` what became of it, `subscriptions.py`,
`mailbox.py`, `replays.py`, and `lists.py` for what people ask.

Statements take and give whole batches: rows travel as one JSON parameter and are unfolded by `jsonb_to_recordset`.
"""
