"""An OUI answers only what the carrier had taken before it: when that was is now written down."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbound_message", sa.Column("taken_at", sa.DateTime(timezone=True)))
    # Of what left before this was written down, the try is the nearest that is known. A text
    # without an id of the carrier's was refused by it, or cancelled here: it was never taken.
    op.execute(
        """
        UPDATE outbound_message SET taken_at = tried_at
        WHERE status NOT IN ('waiting', 'sending', 'unknown') AND carrier_sid IS NOT NULL
        """
    )


def downgrade() -> None:
    op.drop_column("outbound_message", "taken_at")
