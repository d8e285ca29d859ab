"""Spoken messages are kept, and a human can be asked to call a number that was keyed in."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("carrier_sid", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("sound", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_recording_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("carrier_sid", name=op.f("uq_recording_carrier_sid")),
    )
    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recording_made_at"), ["made_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_recording_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("callback_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("recording_id", sa.Integer(), nullable=True))
        batch_op.alter_column("person_id", existing_type=sa.Integer(), nullable=True)
        batch_op.create_index(
            batch_op.f("ix_callback_request_recording_id"), ["recording_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_callback_request_recording_id_recording"),
            "recording",
            ["recording_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    # What names nobody can't be kept where everything names somebody.
    op.execute("DELETE FROM callback_request WHERE person_id IS NULL")
    with op.batch_alter_table("callback_request", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_callback_request_recording_id_recording"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_callback_request_recording_id"))
        batch_op.alter_column("person_id", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_column("recording_id")
        batch_op.drop_column("number")

    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recording_person_id"))
        batch_op.drop_index(batch_op.f("ix_recording_made_at"))

    op.drop_table("recording")
