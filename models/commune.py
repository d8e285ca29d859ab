"""The communes as tables: what listings refer to, and what an operator's queries join with.

The service itself looks communes up in memory (`flows/gazetteer/`); both come from one file.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Commune(Base):
    """A commune of today, or an arrondissement of Paris, Lyon or Marseille."""

    __tablename__ = "commune"

    insee: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    short_name: Mapped[str] = mapped_column(String(60))
    spoken_name: Mapped[str] = mapped_column(String(60))
    departement: Mapped[str] = mapped_column(String(3))
    region: Mapped[str] = mapped_column(String(3))
    population: Mapped[int]
    latitude: Mapped[float]
    longitude: Mapped[float]
    time_zone: Mapped[str] = mapped_column(String(40))
    mairie_phone: Mapped[str | None] = mapped_column(String(16))
    # With a space between each two.
    postal_codes: Mapped[str] = mapped_column(String(200))


class CommuneName(Base):
    """A name that people use for a commune: its own, a former one, a nickname."""

    __tablename__ = "commune_name"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))
    insee: Mapped[str] = mapped_column(ForeignKey("commune.insee", ondelete="CASCADE"), index=True)


class CommuneTableVersion(Base):
    """One row: which version of the shipped file was loaded."""

    __tablename__ = "commune_table_version"

    version: Mapped[str] = mapped_column(String(64), primary_key=True)
