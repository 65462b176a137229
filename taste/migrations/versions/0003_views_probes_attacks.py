"""Hindsight arms, views, digests, probes, attacks, fitted stock moves."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("decision_point_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("leak", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("prompt_hash", sa.String(), nullable=False),
        sa.Column("shown_hash", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_digest_call_id_call")),
        sa.ForeignKeyConstraint(
            ["decision_point_id"],
            ["decision_point.id"],
            name=op.f("fk_digest_decision_point_id_decision_point"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("identity", name=op.f("uq_digest_identity")),
    )
    with op.batch_alter_table("digest") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_digest_decision_point_id"), ["decision_point_id"], unique=False
        )
    _widen()
    _add_probes()
    _add_attacks()


def _widen() -> None:
    """Add columns; what was stored before was run, worded and shown as the defaults say."""
    with op.batch_alter_table("run") as batch_op:
        batch_op.add_column(
            sa.Column("purpose", sa.String(), nullable=False, server_default="study")
        )
    with op.batch_alter_table("proposal") as batch_op:
        batch_op.add_column(
            sa.Column("hindsight", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.create_check_constraint(
            "hindsight_arms", "hindsight = (arm = 'recovery' OR arm LIKE 'oracle:%')"
        )
    with op.batch_alter_table("restatement") as batch_op:
        batch_op.add_column(sa.Column("surface", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("verdict") as batch_op:
        for name, usual in (("form", "restated"), ("provenance", "blind"), ("prompt", "standard")):
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=usual))
        batch_op.add_column(sa.Column("digest_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("confidence", sa.String(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_verdict_digest_id_digest"), "digest", ["digest_id"], ["id"]
        )
    with op.batch_alter_table("trial") as batch_op:
        batch_op.add_column(
            sa.Column("in_share", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("escalation", sa.Float(), nullable=True))
        batch_op.add_column(
            sa.Column("done", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    # A finished run wants nothing more, whatever later versions would ask for.
    op.execute(
        "UPDATE trial SET done = TRUE WHERE run_id IN (SELECT id FROM run WHERE status = 'done')"
    )
    # Its study means more by now, and its prompts are others: the same file makes another run.
    op.execute(
        "UPDATE run SET status = 'stopped', reason = 'an earlier version began it; run the same "
        "command again for a run of its own' WHERE status <> 'done'"
    )


def _add_probes() -> None:
    op.create_table(
        "probe",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("decision_point_id", sa.Integer(), nullable=False),
        sa.Column("restatement_id", sa.Integer(), nullable=True),
        sa.Column("comparison_id", sa.Integer(), nullable=True),
        sa.Column("view", sa.String(), nullable=True),
        sa.Column("seat", sa.String(), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("prompt_hash", sa.String(), nullable=False),
        sa.Column("shown_hash", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        *(
            sa.ForeignKeyConstraint([f"{of}_id"], [f"{of}.id"], name=op.f(f"fk_probe_{of}_id_{of}"))
            for of in ("call", "comparison", "decision_point", "restatement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probe")),
        sa.UniqueConstraint("identity", name=op.f("uq_probe_identity")),
    )
    with op.batch_alter_table("probe") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_probe_decision_point_id"), ["decision_point_id"], unique=False
        )
    op.create_table(
        "trial_probe",
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("probe_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trial_id"], ["trial.id"], name=op.f("fk_trial_probe_trial_id_trial")
        ),
        sa.ForeignKeyConstraint(
            ["probe_id"], ["probe.id"], name=op.f("fk_trial_probe_probe_id_probe")
        ),
        sa.PrimaryKeyConstraint("trial_id", "probe_id", name=op.f("pk_trial_probe")),
    )


def _add_attacks() -> None:
    op.create_table(
        "attack_verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("comparison_id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("attack", "target", "order", "judge", "verdict")
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("plain", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("prompt_hash", sa.String(), nullable=False),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [f"{of}_id"], [f"{of}.id"], name=op.f(f"fk_attack_verdict_{of}_id_{of}")
            )
            for of in ("call", "comparison", "item", "run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attack_verdict")),
        sa.UniqueConstraint("identity", name=op.f("uq_attack_verdict_identity")),
    )
    with op.batch_alter_table("attack_verdict") as batch_op:
        for name in ("comparison_id", "item_id", "run_id"):
            batch_op.create_index(batch_op.f(f"ix_attack_verdict_{name}"), [name], unique=False)
    op.create_table(
        "stock_fit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("rates", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_stock_fit_run_id_run")),
        sa.ForeignKeyConstraint(
            ["set_id"], ["item_set.id"], name=op.f("fk_stock_fit_set_id_item_set")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_fit")),
    )
    with op.batch_alter_table("stock_fit") as batch_op:
        for name in ("run_id", "set_id"):
            batch_op.create_index(batch_op.f(f"ix_stock_fit_{name}"), [name], unique=False)
