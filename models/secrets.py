"""Keeping numbers and texts unreadable at rest, and finding a person by number all the same.

Everything is derived from SECRET_KEY. It may hold several secrets: the first one seals, every one
of them opens and finds, so that a secret can be changed while the service runs (see
`models/rotation.py`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import LargeBinary, Text
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator


class Keyring:
    """The keys made from one or more secrets, the current one first."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets or not all(secrets):
            raise ValueError("a keyring needs at least one secret, and none of them empty")
        self._hash_keys = [_derive(secret, b"number hash") for secret in secrets]
        self._box = MultiFernet(
            [Fernet(urlsafe_b64encode(_derive(secret, b"sealed text"))) for secret in secrets]
        )

    def fingerprint(self, number: str) -> str:
        """The keyed hash under which a number is stored (HMAC-SHA256, 64 hex digits)."""
        return self.fingerprints(number)[0]

    def fingerprints(self, number: str) -> list[str]:
        """The hashes under which a number may be stored, the current secret's first."""
        return [
            hmac.new(key, number.encode(), hashlib.sha256).hexdigest() for key in self._hash_keys
        ]

    def seal(self, text: str) -> str:
        return self.seal_bytes(text.encode("utf-8")).decode("ascii")

    def unseal(self, token: str) -> str:
        """The text again; cryptography.fernet.InvalidToken if no secret of ours sealed it."""
        return self.unseal_bytes(token.encode("ascii")).decode("utf-8")

    def seal_bytes(self, plain: bytes) -> bytes:
        return self._box.encrypt(plain)

    def unseal_bytes(self, token: bytes) -> bytes:
        return self._box.decrypt(token)


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def keyring_of(session: Session) -> Keyring:
    """The keyring of the database behind a session."""
    bind = session.get_bind()
    engine = bind.engine if isinstance(bind, Connection) else bind
    return _keyring(engine.dialect)


def _keyring(dialect: Dialect) -> Keyring:
    # The keyring travels on the dialect, the one object that SQLAlchemy hands to a column type:
    # each database has its own keys, and no module keeps a secret.
    keyring: Keyring | None = getattr(dialect, "keyring", None)
    if keyring is None:
        raise RuntimeError("this database was opened without a keyring: use models.database")
    return keyring


class Sealed(TypeDecorator[str]):
    """A text that is encrypted in the database and plain on the object. It can't be searched."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _keyring(dialect).seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _keyring(dialect).unseal(value)


class SealedBytes(TypeDecorator[bytes]):
    """What is no text, such as the sound of a voice, encrypted."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _keyring(dialect).seal_bytes(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _keyring(dialect).unseal_bytes(value)


class SealedJSON(TypeDecorator[Any]):
    """Lists and dictionaries of plain values, encrypted as one text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _keyring(dialect).seal(json.dumps(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(_keyring(dialect).unseal(value))
