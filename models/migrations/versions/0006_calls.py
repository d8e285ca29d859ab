"""Calls are kept from one step to the next, and people may hear slowly or not be called at all."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("carrier_sid", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("outbound_id", sa.Integer(), nullable=True),
        sa.Column("question", sa.String(length=30), nullable=True),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("steps", sa.Integer(), server_default="0", nullable=False),
        sa.Column("misses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_call_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("carrier_sid", name=op.f("uq_call_carrier_sid")),
    )
    op.create_index(op.f("ix_call_started_at"), "call", ["started_at"])
    op.create_index("ix_call_person_id_started_at", "call", ["person_id", "started_at"])
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("takes_calls", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("speak_slowly", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("outbound_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("leads_to", sa.String(length=30), nullable=True))
    to_be_told = sa.text("channel = 'voice' AND status IN ('waiting', 'sending')")
    op.create_index(
        "ix_outbound_message_to_be_told",
        "outbound_message",
        ["due_at"],
        sqlite_where=to_be_told,
        postgresql_where=to_be_told,
    )


def downgrade() -> None:
    op.drop_index("ix_outbound_message_to_be_told", "outbound_message")
    with op.batch_alter_table("outbound_message", schema=None) as batch_op:
        batch_op.drop_column("leads_to")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("speak_slowly")
        batch_op.drop_column("takes_calls")
    op.drop_table("call")
