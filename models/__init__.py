"""What is kept: SQLAlchemy models, sessions, migrations. Knows nothing of flows or gateway."""

from __future__ import annotations

import importlib

from sqlalchemy import MetaData


def every_table() -> MetaData:
    """The tables of all models, each module of which is read for that."""
    from models.base import Base

    for module in (
        "call",
        "commune",
        "conversation",
        "disclosure",
        "introduction",
        "listing",
        "messages",
        "operator_work",
        "person",
        "recording",
        "sender",
        "task",
    ):
        importlib.import_module(f"models.{module}")
    return Base.metadata
