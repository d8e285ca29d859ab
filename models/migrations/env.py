"""Alembic's entry: runs the migrations on the connection that `models.migrate` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from models import every_table

connection = context.config.attributes["connection"]


def as_plain_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration names plain types: it must not change when a class of ours does."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


context.configure(
    connection=connection,
    target_metadata=every_table(),
    # SQLite can't alter a table: Alembic makes a new one and copies.
    render_as_batch=True,
    render_item=as_plain_type,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
