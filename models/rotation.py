"""Changing SECRET_KEY: everything sealed or hashed with an older secret gets the current one.

Put the new secret in front of the old one, restart, run `python -m gateway rotate-keys`, then
take the old one away.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload
from sqlalchemy.orm.attributes import flag_modified

from models.base import Base
from models.database import Database
from models.person import Person
from models.secrets import Sealed, SealedBytes, SealedJSON, keyring_of

ROWS_AT_ONCE = 500
# Each of them may hold two minutes of sound.
SOUNDS_AT_ONCE = 10


def rotate(database: Database) -> int:
    """Seal and hash everything anew with the first secret. Returns how many rows were written.

    A few rows at a time, each locked while it is written: what somebody changes or erases
    meanwhile stays changed or erased. The hash that is kept of somebody who said STOP and erased
    everything can't be made anew, for the number is gone: it holds only as long as the old secret
    stays in SECRET_KEY.
    """
    count = 0
    for mapper in Base.registry.mappers:
        types = {
            column.key: type(column.type)
            for column in mapper.columns
            if isinstance(column.type, Sealed | SealedBytes | SealedJSON)
        }
        if not types:
            continue
        rows_at_once = SOUNDS_AT_ONCE if SealedBytes in types.values() else ROWS_AT_ONCE
        (key,) = mapper.primary_key
        last = 0
        while True:
            with database.writing() as session:
                rows = session.scalars(
                    select(mapper.class_)
                    .where(key > last)
                    .order_by(key)
                    .limit(rows_at_once)
                    .options(lazyload("*"))
                    .with_for_update()
                ).all()
                for row in rows:
                    _seal_anew(session, row, list(types))
                    last = mapper.primary_key_from_instance(row)[0]
            count += len(rows)
            if len(rows) < rows_at_once:
                break
    return count


def _seal_anew(session: Session, row: object, sealed: list[str]) -> None:
    for name in sealed:
        if getattr(row, name) is not None:
            flag_modified(row, name)
    if isinstance(row, Person) and row.number is not None:
        row.number_hash = keyring_of(session).fingerprint(row.number)
