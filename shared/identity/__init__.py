"""Who calls: bearer tokens signed with Ed25519, the seven roles, and what each route demands.

`principal.py` is who acts, `keys.py` finds or makes the signing key, `tokens.py` issues and verifies, `roles.py` is
what routes declare. Nothing is imported here: `principal` is for pure modules, while the others bring FastAPI.
"""
