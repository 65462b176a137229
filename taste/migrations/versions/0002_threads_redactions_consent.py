"""Threads, redactions, consent, screening, samples."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "tombstone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstone")),
    )
    with op.batch_alter_table("tombstone") as batch_op:
        batch_op.create_index(batch_op.f("ix_tombstone_sha256"), ["sha256"], unique=False)

    op.create_table(
        "place_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_place_name_session_id_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_name")),
        sa.UniqueConstraint(
            "session_id", "kind", "name", name=op.f("uq_place_name_session_id_kind_name")
        ),
    )
    op.create_table(
        "screening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("open_ended", sa.String(), nullable=False),
        sa.Column("outcome_visible", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotator.id"], name=op.f("fk_screening_annotator_id_annotator")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_screening_session_id_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening")),
    )
    with op.batch_alter_table("screening") as batch_op:
        batch_op.create_index(batch_op.f("ix_screening_session_id"), ["session_id"], unique=False)

    op.create_table(
        "thread",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("call", sa.String(), nullable=True),
        sa.Column("call_id", sa.String(), nullable=True),
        sa.Column("agent_type", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_thread_session_id_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
        sa.UniqueConstraint("session_id", "name", name=op.f("uq_thread_session_id_name")),
    )
    op.create_table(
        "draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("decision_point_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_point_id"],
            ["decision_point.id"],
            name=op.f("fk_draw_decision_point_id_decision_point"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
        sa.UniqueConstraint(
            "name", "decision_point_id", name=op.f("uq_draw_name_decision_point_id")
        ),
    )
    with op.batch_alter_table("draw") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_draw_decision_point_id"), ["decision_point_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_draw_name"), ["name"], unique=False)

    with op.batch_alter_table("entry") as batch_op:
        batch_op.create_index("ix_entry_uuid_session_id", ["uuid", "session_id"], unique=False)
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_index("ix_event_session_id_thread_position")

    with op.batch_alter_table("decision_point") as batch_op:
        batch_op.drop_constraint("uq_decision_point_session_id_thread_cut", type_="unique")
        batch_op.create_unique_constraint(
            "uq_decision_point_session_id_thread_cut_actor",
            ["session_id", "thread", "cut", "actor"],
        )
    with op.batch_alter_table("annotation") as batch_op:
        batch_op.add_column(sa.Column("quoted", sa.String(), nullable=True))
    with op.batch_alter_table("item_set") as batch_op:
        batch_op.add_column(sa.Column("sample", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("size", sa.Integer(), nullable=True))
    with op.batch_alter_table("proposal") as batch_op:
        batch_op.add_column(sa.Column("shortened", sa.JSON(), nullable=False, server_default="{}"))

    with op.batch_alter_table("session") as batch_op:
        batch_op.add_column(sa.Column("origins", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("usable_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_at", UTCDateTime(), nullable=True))
        batch_op.add_column(
            sa.Column("redactor", sa.String(), nullable=False, server_default="none")
        )
        batch_op.add_column(sa.Column("redactions", sa.JSON(), nullable=False, server_default="{}"))

    with op.batch_alter_table("source") as batch_op:
        batch_op.add_column(sa.Column("place", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("mtime_ns", sa.BigInteger(), nullable=True))
        batch_op.create_index(batch_op.f("ix_source_place"), ["place"], unique=False)
