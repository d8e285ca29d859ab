"""Changing SECRET_KEY: everything sealed or hashed with an older secret gets the current one.

Put the new secret in front of the old one, restart, run `python -m gateway rotate-keys`, then
take the old one away.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from models import every_table
from models.base import Base
from models.person import Person
from models.secrets import Sealed, SealedJSON, keyring_of

ROWS_AT_ONCE = 500


def rotate(session: Session) -> int:
    """Seal and hash everything anew with the first secret. Returns how many rows were written.

    The hash that is kept of somebody who said STOP and erased everything can't be made anew, for
    the number is gone: it holds only as long as the old secret stays in SECRET_KEY.
    """
    every_table()
    keyring = keyring_of(session)
    count = 0
    for mapper in Base.registry.mappers:
        sealed = [
            column.key for column in mapper.columns if isinstance(column.type, Sealed | SealedJSON)
        ]
        if not sealed:
            continue
        rows = session.scalars(select(mapper.class_).execution_options(yield_per=ROWS_AT_ONCE))
        for row in rows:
            for name in sealed:
                if getattr(row, name) is not None:
                    flag_modified(row, name)
            if isinstance(row, Person) and row.number is not None:
                row.number_hash = keyring.fingerprint(row.number)
            count += 1
    session.flush()
    return count
