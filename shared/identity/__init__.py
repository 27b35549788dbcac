"""Who calls: bearer tokens signed with Ed25519, the seven roles, and what each route demands.

`keys.py` finds or makes the signing key, `tokens.py` issues and verifies, `roles.py` is what routes declare.
"""

from shared.identity.keys import KeyUnusable, load_key
from shared.identity.principal import Principal, Role
from shared.identity.roles import RouteRoles, allow, route_roles
from shared.identity.tokens import Tokens, issue_token

__all__ = [
    "KeyUnusable",
    "Principal",
    "Role",
    "RouteRoles",
    "Tokens",
    "allow",
    "issue_token",
    "load_key",
    "route_roles",
]
