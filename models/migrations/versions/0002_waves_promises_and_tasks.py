"""Waves, promises, the record of numbers given, tasks, and the pace of a sender."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sender",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("segments", sa.Double(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_for", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sender")),
    )
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("giver_id", sa.Integer(), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=False),
        sa.Column("introduction_id", sa.Integer(), nullable=True),
        sa.Column("inbound_id", sa.Integer(), nullable=True),
        sa.Column("receiver_name", sa.String(length=40), nullable=False),
        sa.Column("consent", sa.String(length=9), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["giver_id"],
            ["person.id"],
            name=op.f("fk_disclosure_giver_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["inbound_id"],
            ["inbound_message.id"],
            name=op.f("fk_disclosure_inbound_id_inbound_message"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["introduction_id"],
            ["introduction.id"],
            name=op.f("fk_disclosure_introduction_id_introduction"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["receiver_id"],
            ["person.id"],
            name=op.f("fk_disclosure_receiver_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    with op.batch_alter_table("disclosure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disclosure_giver_id"), ["giver_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_disclosure_inbound_id"), ["inbound_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_disclosure_introduction_id"), ["introduction_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_disclosure_receiver_id"), ["receiver_id"], unique=False
        )

    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=True),
        sa.Column("introduction_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("carrier_sid", sa.String(length=64), nullable=True),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("compared_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["introduction_id"],
            ["introduction.id"],
            name=op.f("fk_task_introduction_id_introduction"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"],
            ["listing.id"],
            name=op.f("fk_task_listing_id_listing"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_task_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("key", name=op.f("uq_task_key")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_due_at"), ["due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_task_introduction_id"), ["introduction_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_task_listing_id"), ["listing_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("callback_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("listing_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_callback_request_listing_id"), ["listing_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_callback_request_listing_id_listing"),
            "listing",
            ["listing_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("introduction", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("told_by", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_introduction_told_by"), ["told_by"], unique=False)

    # SQLite copies both tables; the copies must go on numbering where the originals were.
    numbers = _numbers_given()
    as_before = {"sqlite_autoincrement": True}
    with op.batch_alter_table("listing", schema=None, table_kwargs=as_before) as batch_op:
        batch_op.add_column(sa.Column("served_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("waves", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("promises", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("radius_km", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("question", sa.String(length=5), nullable=True))
        batch_op.add_column(
            sa.Column("question_asked_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.alter_column("person_id", nullable=True)

    with op.batch_alter_table("outbound_message", schema=None, table_kwargs=as_before) as batch_op:
        batch_op.add_column(sa.Column("time_zone", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("retry_of_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("listing_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_outbound_message_listing_id"), ["listing_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_outbound_message_listing_id_listing"),
            "listing",
            ["listing_id"],
            ["id"],
            ondelete="SET NULL",
        )
        batch_op.create_index(
            batch_op.f("ix_outbound_message_retry_of_id"), ["retry_of_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_outbound_message_retry_of_id_outbound_message"),
            "outbound_message",
            ["retry_of_id"],
            ["id"],
            ondelete="SET NULL",
        )

    _go_on_numbering(numbers)
    op.create_index(
        "ix_outbound_message_unsettled",
        "outbound_message",
        ["tried_at"],
        sqlite_where=sa.text("status IN ('queued', 'sent')"),
        postgresql_where=sa.text("status IN ('queued', 'sent')"),
    )
    op.create_index(
        "ix_person_erased",
        "person",
        ["erased_at"],
        sqlite_where=sa.text("erased_at IS NOT NULL"),
        postgresql_where=sa.text("erased_at IS NOT NULL"),
    )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("wants_holidays", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("alerted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("alerted_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column("alerts_that_day", sa.Integer(), server_default="0", nullable=False)
        )


def _numbers_given() -> dict[str, int]:
    """On SQLite: the last number given to a row of each table; they are kept beside the tables."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return {}
    rows = connection.execute(sa.text("SELECT name, seq FROM sqlite_sequence"))
    return {name: last for name, last in rows if name in ("listing", "outbound_message")}


def _go_on_numbering(numbers: dict[str, int]) -> None:
    for name, last in numbers.items():
        op.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name").bindparams(name=name))
        op.execute(
            sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)").bindparams(
                name=name, last=last
            )
        )


def downgrade() -> None:
    op.drop_index("ix_person_erased", "person")
    op.drop_index("ix_outbound_message_unsettled", "outbound_message")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("alerts_that_day")
        batch_op.drop_column("alerted_on")
        batch_op.drop_column("told_at")
        batch_op.drop_column("alerted_at")
        batch_op.drop_column("wants_holidays")

    with op.batch_alter_table("outbound_message", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_outbound_message_retry_of_id_outbound_message"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_outbound_message_retry_of_id"))
        batch_op.drop_constraint(
            batch_op.f("fk_outbound_message_listing_id_listing"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_outbound_message_listing_id"))
        batch_op.drop_column("listing_id")
        batch_op.drop_column("retry_of_id")
        batch_op.drop_column("valid_until")
        batch_op.drop_column("time_zone")

    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.alter_column("person_id", nullable=False)
        batch_op.drop_column("question_asked_at")
        batch_op.drop_column("question")
        batch_op.drop_column("radius_km")
        batch_op.drop_column("promises")
        batch_op.drop_column("waves")
        batch_op.drop_column("served_at")

    with op.batch_alter_table("introduction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_introduction_told_by"))
        batch_op.drop_column("told_by")
        batch_op.drop_column("told_at")

    with op.batch_alter_table("callback_request", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_callback_request_listing_id_listing"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_callback_request_listing_id"))
        batch_op.drop_column("listing_id")

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_person_id"))
        batch_op.drop_index(batch_op.f("ix_task_listing_id"))
        batch_op.drop_index(batch_op.f("ix_task_introduction_id"))
        batch_op.drop_index(batch_op.f("ix_task_due_at"))

    op.drop_table("task")
    with op.batch_alter_table("disclosure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_disclosure_receiver_id"))
        batch_op.drop_index(batch_op.f("ix_disclosure_introduction_id"))
        batch_op.drop_index(batch_op.f("ix_disclosure_inbound_id"))
        batch_op.drop_index(batch_op.f("ix_disclosure_giver_id"))

    op.drop_table("disclosure")
    op.drop_table("sender")
