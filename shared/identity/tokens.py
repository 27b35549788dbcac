"""Bearer tokens: JSON Web Tokens signed with Ed25519, verified once a minute each and remembered in between.

The algorithm is fixed to `Ed25519` (RFC 9864, which deprecates the older name `EdDSA`): what a token's header says
about it is only compared, never obeyed.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.clock import monotonic, now
from shared.errors import Refused
from shared.identity.principal import Principal, Role
from shared.ids import StoreId, TechnicianId, random_id

ALGORITHM: Final = "Ed25519"
ISSUER: Final = "gongdan"
AUDIENCE: Final = "gongdan"
DAYS_MAX: Final = 3660
TOKEN_LENGTH_MAX: Final = 2048
CACHE_S_MAX: Final = 60.0
CACHE_ENTRIES_MAX: Final = 10_000
LEEWAY_S: Final = 60
"""How far the clocks of two machines may disagree about `iat`; `exp` is never stretched."""


@dataclass(frozen=True, slots=True)
class _Verified:
    principal: Principal
    expires_s: float  # of the epoch
    until: float  # on the monotonic clock


def issue_token(
    key: OKPKey,
    *,
    role: Role | str,
    name: str,
    store_id: str | None = None,
    technician_id: str | None = None,
    days: float = 30,
    clock: Callable[[], datetime] = now,
) -> str:
    """A signed token that is good for `days`. Raises `ValueError` when role, name and ids do not belong together."""
    if not 0 < days <= DAYS_MAX:
        raise ValueError(f"days: expected more than 0 and at most {DAYS_MAX}, got {days}")
    principal = _principal(role=str(role), name=name, store=store_id, technician=technician_id)
    issued_at = clock()
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": principal.name,
        "role": principal.role.value,
        "iat": int(issued_at.timestamp()),
        "exp": int((issued_at + timedelta(days=days)).timestamp()),
        "jti": str(random_id()),
    }
    bonds = {"store": principal.store_id, "technician": principal.technician_id}
    claims |= {bond: given for bond, given in bonds.items() if given is not None}
    return jwt.encode({"alg": ALGORITHM}, claims, key, algorithms=[ALGORITHM])


class Tokens:
    """Verifies tokens. Remembers a verified one by its digest for at most 60 s, and never past its end."""

    def __init__(self, key: OKPKey, *, clock: Callable[[], datetime] = now) -> None:
        self._key = key
        self._clock = clock
        self._verified: dict[bytes, _Verified] = {}

    def verify(self, token: str) -> Principal:
        """Whose token it is. Raises `Refused` (401), which says nothing about what is wrong with the token."""
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self._verified.get(digest)
        if known is not None and known.until > monotonic() and known.expires_s > self._clock().timestamp():
            return known.principal
        self._verified.pop(digest, None)
        verified = self._verify(token)
        while len(self._verified) >= CACHE_ENTRIES_MAX:
            del self._verified[next(iter(self._verified))]  # the oldest
        self._verified[digest] = verified
        return verified.principal

    def _verify(self, token: str) -> _Verified:
        try:
            claims = _claims(token, self._key, int(self._clock().timestamp()))
            principal = _principal(
                role=claims["role"], name=claims["sub"], store=claims.get("store"), technician=claims.get("technician")
            )
            return _Verified(principal, float(claims["exp"]), monotonic() + CACHE_S_MAX)
        except (JoseError, ValueError, TypeError, KeyError, OverflowError):
            raise not_recognised() from None


def not_recognised() -> Refused:
    """The 401 for a token that is not good, whatever is wrong with it."""
    return Refused(
        401,
        "Unauthorized",
        "the bearer token is not valid, or no longer",
        headers={"WWW-Authenticate": 'Bearer realm="gongdan", error="invalid_token"'},
    )


def not_given() -> Refused:
    """The 401 for a call without a bearer token."""
    return Refused(
        401,
        "Unauthorized",
        "this call needs a header `Authorization: Bearer <token>`",
        headers={"WWW-Authenticate": 'Bearer realm="gongdan"'},
    )


def _claims(token: str, key: OKPKey, now_s: int) -> dict[str, Any]:
    if len(token) > TOKEN_LENGTH_MAX:
        raise ValueError("longer than any token of ours")
    decoded = jwt.decode(token, key, algorithms=[ALGORITHM])
    # `decode` checks the signature only.
    registry = jwt.JWTClaimsRegistry(
        now=now_s,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
        sub={"essential": True},
        role={"essential": True, "values": [role.value for role in Role]},
    )
    issued_at = decoded.claims.pop("iat", None)
    registry.validate(decoded.claims)
    if not isinstance(issued_at, int) or issued_at > now_s + LEEWAY_S:
        raise ValueError("issued in the future")
    return decoded.claims


def _principal(*, role: str, name: str, store: str | None, technician: str | None) -> Principal:
    return Principal(
        role=Role(role),
        name=name,
        store_id=None if store is None else StoreId(store),
        technician_id=None if technician is None else TechnicianId(technician),
    )
