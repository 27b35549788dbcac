"""Who is told of what: pure.

`plan.py` plans deliveries from events, `subscribers.py` finds the webhooks that want an event, `retries.py` says when
to try again.
"""
