"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Bring the tables up."""
    op.create_table(
        "annotator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotator")),
        sa.UniqueConstraint("name", name=op.f("uq_annotator_name")),
    )
    op.create_table(
        "item_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("labels", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("per_session", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_set")),
        sa.UniqueConstraint("name", name=op.f("uq_item_set_name")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study", sa.String(), nullable=False),
        sa.Column("study_text", sa.Text(), nullable=False),
        sa.Column("study_hash", sa.String(), nullable=False),
        sa.Column("plan_hash", sa.String(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("lineage", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("researcher", sa.String(), nullable=True),
        sa.Column("project", sa.String(), nullable=True),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("agent_models", sa.JSON(), nullable=False),
        sa.Column("started", sa.String(), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("cuts_reliable", sa.Boolean(), nullable=False),
        sa.Column("may_send", sa.String(), nullable=False),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("imported_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("external_id", "part", name=op.f("uq_session_external_id_part")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_external_id"), ["external_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_lineage"), ["lineage"], unique=False)

    op.create_table(
        "call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("prompt_hash", sa.String(), nullable=False),
        sa.Column("shown_hash", sa.String(), nullable=True),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("model_returned", sa.String(), nullable=True),
        sa.Column("stop_reason", sa.String(), nullable=True),
        sa.Column("raw_reply", sa.Text(), nullable=True),
        sa.Column("usage", sa.JSON(), nullable=False),
        sa.Column("unit_prices", sa.JSON(), nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_call_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
    )
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_identity"), ["identity"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_run_id"), ["run_id"], unique=False)

    op.create_table(
        "decision_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("cut", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("prefix_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_decision_point_session_id_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_point")),
        sa.UniqueConstraint(
            "session_id", "thread", "cut", name=op.f("uq_decision_point_session_id_thread_cut")
        ),
    )
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_entry_session_id_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("session_id", "ordinal", name=op.f("uq_entry_session_id_ordinal")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("response", sa.String(), nullable=True),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("is_error", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("visible_from", sa.Integer(), nullable=False),
        sa.Column("abandoned_from", sa.Integer(), nullable=True),
        sa.Column("act", sa.Integer(), nullable=True),
        sa.Column("act_kind", sa.String(), nullable=True),
        sa.Column("timestamp", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("n_lines", sa.Integer(), nullable=False),
        sa.Column("n_chars", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_event_session_id_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("session_id", "event_id", name=op.f("uq_event_session_id_event_id")),
        sa.UniqueConstraint("session_id", "position", name=op.f("uq_event_session_id_position")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_event_session_id_thread_position",
            ["session_id", "thread", "position"],
            unique=False,
        )

    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("imported_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_source_session_id_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_session_id"), ["session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_source_sha256"), ["sha256"], unique=False)

    op.create_table(
        "annotation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_point_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=True),
        sa.Column("attribution", sa.String(), nullable=True),
        sa.Column("knowable", sa.String(), nullable=True),
        sa.Column("recognised", sa.String(), nullable=True),
        sa.Column("recognised_by", sa.String(), nullable=True),
        sa.Column("recovered", sa.String(), nullable=True),
        sa.Column("recovery", sa.String(), nullable=True),
        sa.Column("better_move", sa.String(), nullable=True),
        sa.Column("initiator", sa.String(), nullable=True),
        sa.Column("span", sa.String(), nullable=True),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("human_move_source", sa.String(), nullable=False),
        sa.Column("harm", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("hidden_context", sa.Boolean(), nullable=False),
        sa.Column("rationale", sa.String(), nullable=True),
        sa.Column("codebook", sa.String(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotator.id"], name=op.f("fk_annotation_annotator_id_annotator")
        ),
        sa.ForeignKeyConstraint(
            ["decision_point_id"],
            ["decision_point.id"],
            name=op.f("fk_annotation_decision_point_id_decision_point"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["annotation.id"], name=op.f("fk_annotation_replaces_id_annotation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
    )
    with op.batch_alter_table("annotation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_annotation_annotator_id"), ["annotator_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_annotation_decision_point_id"), ["decision_point_id"], unique=False
        )

    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("decision_point_id", sa.Integer(), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("move", sa.Text(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("wrong_if", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("prompt_hash", sa.String(), nullable=True),
        sa.Column("shown_hash", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("annotator_id", sa.Integer(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotator.id"], name=op.f("fk_proposal_annotator_id_annotator")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_proposal_call_id_call")),
        sa.ForeignKeyConstraint(
            ["decision_point_id"],
            ["decision_point.id"],
            name=op.f("fk_proposal_decision_point_id_decision_point"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("identity", name=op.f("uq_proposal_identity")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposal_decision_point_id"), ["decision_point_id"], unique=False
        )

    op.create_table(
        "set_exclusion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("decision_point_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_point_id"],
            ["decision_point.id"],
            name=op.f("fk_set_exclusion_decision_point_id_decision_point"),
        ),
        sa.ForeignKeyConstraint(
            ["set_id"], ["item_set.id"], name=op.f("fk_set_exclusion_set_id_item_set")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_exclusion")),
    )
    with op.batch_alter_table("set_exclusion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_set_exclusion_set_id"), ["set_id"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=True),
        sa.Column("end", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["annotation_id"], ["annotation.id"], name=op.f("fk_evidence_annotation_id_annotation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_evidence_annotation_id"), ["annotation_id"], unique=False
        )

    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("decision_point_id", sa.Integer(), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=True),
        sa.Column("lineage", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("cut", sa.Integer(), nullable=False),
        sa.Column("prefix_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotation_id"], ["annotation.id"], name=op.f("fk_item_annotation_id_annotation")
        ),
        sa.ForeignKeyConstraint(
            ["decision_point_id"],
            ["decision_point.id"],
            name=op.f("fk_item_decision_point_id_decision_point"),
        ),
        sa.ForeignKeyConstraint(["set_id"], ["item_set.id"], name=op.f("fk_item_set_id_item_set")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint(
            "set_id", "lineage", "thread", "cut", name=op.f("uq_item_set_id_lineage_thread_cut")
        ),
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_item_decision_point_id"), ["decision_point_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_item_set_id"), ["set_id"], unique=False)

    op.create_table(
        "restatement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("decision_point_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("verbatim", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("move", sa.Text(), nullable=True),
        sa.Column("initiator", sa.String(), nullable=True),
        sa.Column("compound", sa.Boolean(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("prompt_hash", sa.String(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_restatement_call_id_call")),
        sa.ForeignKeyConstraint(
            ["decision_point_id"],
            ["decision_point.id"],
            name=op.f("fk_restatement_decision_point_id_decision_point"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_restatement_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restatement")),
        sa.UniqueConstraint("identity", name=op.f("uq_restatement_identity")),
    )
    with op.batch_alter_table("restatement", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_restatement_decision_point_id"), ["decision_point_id"], unique=False
        )

    op.create_table(
        "comparison",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_point_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("human_id", sa.Integer(), nullable=False),
        sa.Column("proposed_id", sa.Integer(), nullable=False),
        sa.Column("order", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_point_id"],
            ["decision_point.id"],
            name=op.f("fk_comparison_decision_point_id_decision_point"),
        ),
        sa.ForeignKeyConstraint(
            ["human_id"], ["restatement.id"], name=op.f("fk_comparison_human_id_restatement")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_comparison_proposal_id_proposal")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_id"], ["restatement.id"], name=op.f("fk_comparison_proposed_id_restatement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison")),
        sa.UniqueConstraint(
            "human_id",
            "proposed_id",
            "order",
            name=op.f("uq_comparison_human_id_proposed_id_order"),
        ),
    )
    with op.batch_alter_table("comparison", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_comparison_decision_point_id"), ["decision_point_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_comparison_proposal_id"), ["proposal_id"], unique=False
        )

    op.create_table(
        "trial",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("exclusion", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_trial_item_id_item")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_trial_proposal_id_proposal")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_trial_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
        sa.UniqueConstraint(
            "run_id", "item_id", "arm", "repeat", name=op.f("uq_trial_run_id_item_id_arm_repeat")
        ),
    )
    with op.batch_alter_table("trial", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_trial_run_id"), ["run_id"], unique=False)

    op.create_table(
        "verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("comparison_id", sa.Integer(), nullable=False),
        sa.Column("judge", sa.String(), nullable=False),
        sa.Column("judge_kind", sa.String(), nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("reasoning", sa.Text(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("prompt_hash", sa.String(), nullable=True),
        sa.Column("shown_hash", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("annotator_id", sa.Integer(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotator.id"], name=op.f("fk_verdict_annotator_id_annotator")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_verdict_call_id_call")),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["comparison.id"], name=op.f("fk_verdict_comparison_id_comparison")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict")),
        sa.UniqueConstraint("identity", name=op.f("uq_verdict_identity")),
    )
    with op.batch_alter_table("verdict", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_verdict_comparison_id"), ["comparison_id"], unique=False
        )

    op.create_table(
        "trial_verdict",
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("verdict_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trial_id"], ["trial.id"], name=op.f("fk_trial_verdict_trial_id_trial")
        ),
        sa.ForeignKeyConstraint(
            ["verdict_id"], ["verdict.id"], name=op.f("fk_trial_verdict_verdict_id_verdict")
        ),
        sa.PrimaryKeyConstraint("trial_id", "verdict_id", name=op.f("pk_trial_verdict")),
    )


def downgrade() -> None:
    """Evidence is never taken back."""
    raise NotImplementedError
