"""What happened: every fact of the house, its envelope, and how old versions are lifted.

`intake.py`, `routing.py`, `notify.py`, `policies.py`, `log.py` hold the facts by owner; `fact.py` what they have in
common; `envelope.py` the CloudEvents attributes around them; `registry.py` finds the model of a type and lifts old
versions; `summary.py` and `history.py` say it to a person.
"""
