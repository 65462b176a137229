"""Batches, retries, manifests, looks, reviews, bridges; what a call was made from; content hashes."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0004"
down_revision = "0003"
HASHED = (
    "attack_verdict", "comparison", "digest", "item", "probe", "proposal", "restatement",
    "set_exclusion", "verdict",
)  # fmt: skip


def upgrade() -> None:
    """Bring the tables up; rows of earlier versions have no content hash."""
    _add_tables()
    _widen_call()
    for table in HASHED:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("content_hash", sa.String(), nullable=True))
    with op.batch_alter_table("item_set") as batch_op:
        batch_op.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_item_set_parent_id_item_set"), "item_set", ["parent_id"], ["id"]
        )
    with op.batch_alter_table("run") as batch_op:
        batch_op.add_column(sa.Column("holder", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("beat_at", UTCDateTime(), nullable=True))


def _widen_call() -> None:
    with op.batch_alter_table("call") as batch_op:
        batch_op.add_column(sa.Column("decision_point_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("source", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("body_hash", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("mode", sa.String(), nullable=False, server_default="create"))
        batch_op.add_column(sa.Column("batch_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("content_hash", sa.String(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_call_decision_point_id"), ["decision_point_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_call_decision_point_id_decision_point"),
            "decision_point",
            ["decision_point_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_call_batch_id_batch"), "batch", ["batch_id"], ["id"]
        )


def _add_tables() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("submitted_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_batch_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    with op.batch_alter_table("batch") as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_run_id"), ["run_id"], unique=False)

    op.create_table(
        "look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_look_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    with op.batch_alter_table("look") as batch_op:
        batch_op.create_index(batch_op.f("ix_look_run_id"), ["run_id"], unique=False)

    op.create_table(
        "manifest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("hashes", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_manifest_run_id_run")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["item_set.id"], name=op.f("fk_manifest_set_id_item_set")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manifest")),
    )
    with op.batch_alter_table("manifest") as batch_op:
        batch_op.create_index(batch_op.f("ix_manifest_run_id"), ["run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_manifest_set_id"), ["set_id"], unique=False)

    op.create_table(
        "retry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_retry_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retry")),
    )
    with op.batch_alter_table("retry") as batch_op:
        batch_op.create_index(batch_op.f("ix_retry_identity"), ["identity"], unique=False)
        batch_op.create_index(batch_op.f("ix_retry_run_id"), ["run_id"], unique=False)

    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_review_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    with op.batch_alter_table("review") as batch_op:
        batch_op.create_index(batch_op.f("ix_review_identity"), ["identity"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_run_id"), ["run_id"], unique=False)

    op.create_table(
        "batch_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("custom_id", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("reserved_usd", sa.Float(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_batch_item_batch_id_batch")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_batch_item_call_id_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_item")),
    )
    with op.batch_alter_table("batch_item") as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_item_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_batch_item_custom_id"), ["custom_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_batch_item_identity"), ["identity"], unique=False)

    op.create_table(
        "bridge_verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("verdict_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("confidence", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_bridge_verdict_call_id_call")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_bridge_verdict_run_id_run")),
        sa.ForeignKeyConstraint(
            ["verdict_id"], ["verdict.id"], name=op.f("fk_bridge_verdict_verdict_id_verdict")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridge_verdict")),
        sa.UniqueConstraint("identity", name=op.f("uq_bridge_verdict_identity")),
    )
    with op.batch_alter_table("bridge_verdict") as batch_op:
        batch_op.create_index(batch_op.f("ix_bridge_verdict_run_id"), ["run_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_bridge_verdict_verdict_id"), ["verdict_id"], unique=False
        )
