import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from shared.errors import Refused
from shared.identity import tokens as tokens_module
from shared.identity.principal import Role
from shared.identity.tokens import ALGORITHM, AUDIENCE, ISSUER, Tokens, issue_token

KEY = OKPKey.generate_key("Ed25519")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at


def claims(**changes: Any) -> dict[str, Any]:
    at = int(NOON.timestamp())
    whole = {"iss": ISSUER, "aud": AUDIENCE, "sub": "li", "role": "agent", "iat": at, "exp": at + 600}
    return {name: value for name, value in (whole | changes).items() if value is not None}


def signed(key: OKPKey = KEY, **changes: Any) -> str:
    return jwt.encode({"alg": ALGORITHM}, claims(**changes), key, algorithms=[ALGORITHM])


def refusal_of(token: str) -> Refused:
    with pytest.raises(Refused) as refusal:
        Tokens(KEY, clock=Clock()).verify(token)
    return refusal.value


def test_a_token_says_who_acts() -> None:
    token = issue_token(KEY, role="technician", name="王师傅", store_id="hz-01", technician_id="t-7", clock=Clock())
    principal = Tokens(KEY, clock=Clock()).verify(token)
    assert (principal.role, principal.actor) == (Role.TECHNICIAN, "technician:王师傅")
    assert (principal.store_id, principal.technician_id) == ("hz-01", "t-7")


def test_a_sound_hand_made_token_passes_so_that_the_refusals_below_prove_something() -> None:
    assert Tokens(KEY, clock=Clock()).verify(signed()).actor == "agent:li"


UNSOUND: dict[str, dict[str, Any]] = {
    "expired": {"exp": int(NOON.timestamp())},
    "without end": {"exp": None},
    "an end that is no number": {"exp": "never"},
    "of another audience": {"aud": "somebody-else"},
    "without audience": {"aud": None},
    "of another issuer": {"iss": "evil"},
    "without issuer": {"iss": None},
    "issued in the future": {"iat": int(NOON.timestamp()) + 3600},
    "not yet valid": {"nbf": int(NOON.timestamp()) + 3600},
    "of an unknown role": {"role": "god"},
    "without a role": {"role": None},
    "without a name": {"sub": None},
    "with a line break in its name": {"sub": "li\nagent:boss"},
    "of a store without its id": {"role": "store"},
    "of an agent with a store": {"store": "hz-01"},
    "of a technician without person": {"role": "technician", "store": "hz-01"},
    "with a list for a store": {"role": "store", "store": ["hz-01"]},
}


@pytest.mark.parametrize("changes", UNSOUND.values(), ids=UNSOUND.keys())
def test_an_unsound_token_is_refused_and_told_nothing(changes: dict[str, Any]) -> None:
    refusal = refusal_of(signed(**changes))
    assert (refusal.status, refusal.detail) == (401, "the bearer token is not valid, or no longer")
    assert refusal.headers == {"WWW-Authenticate": 'Bearer realm="gongdan", error="invalid_token"'}
    assert refusal.__cause__ is None


def test_a_token_of_another_key_is_refused() -> None:
    assert refusal_of(signed(OKPKey.generate_key("Ed25519"))).status == 401


def test_a_token_without_signature_is_refused() -> None:
    assert refusal_of(f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims())}.").status == 401


def test_a_token_signed_with_the_public_key_as_a_shared_secret_is_refused() -> None:
    secret = OctKey.import_key(json.dumps(KEY.as_dict(private=False)))
    forged = jwt.encode({"alg": "HS256"}, claims(), secret, algorithms=["HS256"])
    assert refusal_of(forged).status == 401


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c", "..", "é.é.é", "x" * 100_000])
def test_what_is_no_token_is_refused(text: str) -> None:
    assert refusal_of(text).status == 401


def test_a_changed_byte_is_refused() -> None:
    header, payload, signature = signed().split(".")
    changed = payload[:-2] + ("A" if payload[-2] != "A" else "B") + payload[-1]
    assert refusal_of(f"{header}.{changed}.{signature}").status == 401


def part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_a_remembered_token_still_ends_at_its_end() -> None:
    clock = Clock()
    tokens, token = Tokens(KEY, clock=clock), signed(exp=int(NOON.timestamp()) + 5)
    assert tokens.verify(token).name == "li"
    clock.at = NOON + timedelta(seconds=5)
    with pytest.raises(Refused):
        tokens.verify(token)


def test_a_token_is_verified_once_and_again_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    at, real = [0.0], jwt.decode

    def decode(token: str, *args: Any, **kwargs: Any) -> jwt.Token:
        verified.append(token)
        return real(token, *args, **kwargs)

    monkeypatch.setattr(tokens_module, "monotonic", lambda: at[0])
    monkeypatch.setattr(jwt, "decode", decode)
    tokens, token = Tokens(KEY, clock=Clock()), signed()
    for at[0] in (0.0, 1.0, 59.9):
        tokens.verify(token)
    assert len(verified) == 1
    at[0] = 60.1
    tokens.verify(token)
    assert len(verified) == 2


def test_the_memory_of_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens_module, "CACHE_ENTRIES_MAX", 3)
    tokens = Tokens(KEY, clock=Clock())
    for number in range(5):
        tokens.verify(signed(jti=str(number)))
    assert len(tokens._verified) == 3


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"role": "store", "name": "hz"}, "store id"),
        ({"role": "technician", "name": "wang", "store_id": "hz-01"}, "technician id"),
        ({"role": "agent", "name": "li", "store_id": "hz-01"}, "no store id"),
        ({"role": "agent", "name": ""}, "name"),
        ({"role": "agent", "name": "a:b"}, "name"),
        ({"role": "king", "name": "li"}, "king"),
        ({"role": "agent", "name": "li", "days": 0}, "days"),
    ],
)
def test_a_token_that_could_not_be_verified_is_not_issued(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        issue_token(KEY, **wrong)


def test_the_key_never_shows_in_the_object_that_verifies(tmp_path: Path) -> None:
    secret = str(KEY.as_dict(private=True)["d"])
    assert secret not in repr(Tokens(KEY)) + repr(KEY)
