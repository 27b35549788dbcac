"""The signing key: given by the environment, else kept in the home folder and made there once.

The text form is the same in both places: the 32 bytes of an Ed25519 seed, base64url without padding.
"""

import base64
import binascii
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey
from pydantic import SecretStr

FILE_NAME: Final = "token.key"
_SEED_BYTES: Final = 32
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class KeyUnusable(ValueError):  # noqa: N818 - says what is so, as the other errors of the house do
    """The signing key cannot be used; the message says where it is and what to do, never what it holds."""


def load_key(*, home: Path, token_key: SecretStr | None = None) -> OKPKey:
    """The signing key: `token_key` (the value of GONGDAN_TOKEN_KEY) when given, else `<home>/token.key`.

    Makes the file (mode 0600) when there is none. Two processes that start at once end with the same key: the file
    appears whole or not at all, and the first one wins.
    """
    if token_key:
        return _import(token_key.get_secret_value(), where="GONGDAN_TOKEN_KEY")
    path = home / FILE_NAME
    if not path.exists():
        _create(path)
    if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        raise KeyUnusable(
            f"{path}: others than its owner may read the signing key; chmod 600 it, and think of a new one"
        )
    return _import(path.read_text("ascii", errors="replace").strip(), where=str(path))


def new_key_text() -> str:
    """A new signing key in its text form, for GONGDAN_TOKEN_KEY."""
    return base64.urlsafe_b64encode(os.urandom(_SEED_BYTES)).decode().rstrip("=")


def _import(text: str, *, where: str) -> OKPKey:
    try:
        seed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        seed = b""
    if len(seed) != _SEED_BYTES:
        raise KeyUnusable(f"{where}: expected 32 bytes in base64url (43 characters), got {len(text)} characters")
    return OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(seed))


def _create(path: Path) -> None:
    """Write a new key beside its place, whole and durable, then give it its name unless another process was first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".token-")  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_key_text() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # somebody else's key stands there, and that one counts
    finally:
        Path(draft).unlink()
