"""What matching asks by stands beside each service of a listing, in the order that it needs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    new: tuple[sa.Column[object], ...] = (
        sa.Column("kind", sa.String(length=5)),
        sa.Column("commune_insee", sa.String(length=5)),
        sa.Column("posted_at", sa.DateTime(timezone=True)),
        sa.Column("is_open", sa.Boolean()),
        sa.Column("is_away", sa.Boolean()),
        sa.Column("wants_holidays", sa.Boolean()),
        sa.Column("alerted_at", sa.DateTime(timezone=True)),
    )
    for column in new:
        op.add_column("listing_category", column)
    _fill_in()
    with op.batch_alter_table("listing_category", schema=None) as batch_op:
        for column in new:
            batch_op.alter_column(column.name, existing_type=column.type, nullable=False)

    at_hand = "is_open AND NOT is_away"
    at_hand_on_sqlite = "is_open = 1 AND is_away = 0"
    op.create_index(
        "ix_listing_category_shown",
        "listing_category",
        ["slug", "kind", "commune_insee", sa.text("posted_at DESC"), "listing_id"],
        postgresql_where=sa.text(at_hand),
        sqlite_where=sa.text(at_hand_on_sqlite),
    )
    for name, also, also_on_sqlite in (
        ("asked", "", ""),
        ("asked_on_holidays", " AND wants_holidays", " AND wants_holidays = 1"),
    ):
        op.create_index(
            f"ix_listing_category_{name}",
            "listing_category",
            ["slug", "commune_insee", "alerted_at", sa.text("posted_at DESC"), "listing_id"],
            postgresql_where=sa.text(f"kind = 'offer' AND {at_hand}{also}"),
            sqlite_where=sa.text(f"kind = 'offer' AND {at_hand_on_sqlite}{also_on_sqlite}"),
        )
    op.drop_index("ix_listing_open", "listing")
    op.create_index(
        "ix_listing_open",
        "listing",
        ["commune_insee", "kind", "status", sa.text("posted_at DESC"), "id"],
    )


def _fill_in() -> None:
    """Copy what the listings and their owners say."""
    op.execute(
        """
        UPDATE person SET alerted_at = (
            SELECT max(introduction.asked_at)
            FROM introduction JOIN listing ON listing.id = introduction.offer_id
            WHERE listing.person_id = person.id AND introduction.asked_by = 'service'
        )
        WHERE alerted_at IS NULL
        """
    )
    op.execute(
        """
        UPDATE listing_category
        SET (kind, commune_insee, posted_at, is_open, is_away, wants_holidays, alerted_at) = (
            SELECT
                listing.kind,
                listing.commune_insee,
                listing.posted_at,
                listing.status = 'active' AND listing.served_at IS NULL,
                person.opted_out_at IS NOT NULL
                    OR person.blocked_at IS NOT NULL
                    OR person.erased_at IS NOT NULL
                    OR (listing.kind = 'offer' AND person.paused_at IS NOT NULL),
                coalesce(person.wants_holidays, false),
                coalesce(person.alerted_at, '1970-01-01 00:00:00.000000')
            FROM listing LEFT JOIN person ON person.id = listing.person_id
            WHERE listing.id = listing_category.listing_id
        )
        """
    )


def downgrade() -> None:
    op.drop_index("ix_listing_open", "listing")
    op.create_index("ix_listing_open", "listing", ["commune_insee", "kind", "status", "posted_at"])
    for name in ("shown", "asked", "asked_on_holidays"):
        op.drop_index(f"ix_listing_category_{name}", "listing_category")
    with op.batch_alter_table("listing_category", schema=None) as batch_op:
        for column in (
            "alerted_at",
            "wants_holidays",
            "is_away",
            "is_open",
            "posted_at",
            "commune_insee",
            "kind",
        ):
            batch_op.drop_column(column)
