"""Assignments, drafts and submissions; adjudications; people's moves and verdicts as they came."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the tables of people's work."""
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("decision_point_id", sa.Integer(), nullable=True),
        sa.Column("comparison_id", sa.Integer(), nullable=True),
        sa.Column("view", sa.String(), nullable=True),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("gold", sa.String(), nullable=True),
        sa.Column("share", sa.Float(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("held_until", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotator.id"], name=op.f("fk_assignment_annotator_id_annotator")
        ),
        sa.ForeignKeyConstraint(
            ["comparison_id"],
            ["comparison.id"],
            name=op.f("fk_assignment_comparison_id_comparison"),
        ),
        sa.ForeignKeyConstraint(
            ["decision_point_id"],
            ["decision_point.id"],
            name=op.f("fk_assignment_decision_point_id_decision_point"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_assignment_session_id_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint("identity", name=op.f("uq_assignment_identity")),
    )
    with op.batch_alter_table("assignment") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_assignment_annotator_id"), ["annotator_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_assignment_batch"), ["batch"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_assignment_comparison_id"), ["comparison_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_assignment_decision_point_id"), ["decision_point_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_assignment_session_id"), ["session_id"], unique=False)

    op.create_table(
        "calibration_draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("comparison_id", sa.Integer(), nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        sa.Column("judge", sa.String(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["comparison_id"],
            ["comparison.id"],
            name=op.f("fk_calibration_draw_comparison_id_comparison"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_draw")),
        sa.UniqueConstraint(
            "name",
            "comparison_id",
            "view",
            name=op.f("uq_calibration_draw_name_comparison_id_view"),
        ),
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("active_ms", sa.Integer(), nullable=False),
        sa.Column("cut", sa.Integer(), nullable=True),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_activity_assignment_id_assignment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("identity", name=op.f("uq_activity_identity")),
    )
    with op.batch_alter_table("activity") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_activity_assignment_id"), ["assignment_id"], unique=False
        )

    op.create_table(
        "adjudication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("annotator_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=True),
        sa.Column("cut", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("active_ms", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["annotation_id"],
            ["annotation.id"],
            name=op.f("fk_adjudication_annotation_id_annotation"),
        ),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotator.id"], name=op.f("fk_adjudication_annotator_id_annotator")
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
            name=op.f("fk_adjudication_assignment_id_assignment"),
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["adjudication.id"],
            name=op.f("fk_adjudication_replaces_id_adjudication"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_adjudication_session_id_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjudication")),
        sa.UniqueConstraint("identity", name=op.f("uq_adjudication_identity")),
    )
    with op.batch_alter_table("adjudication") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_adjudication_session_id"), ["session_id"], unique=False
        )

    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_draft_assignment_id_assignment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("assignment_id", "name", name=op.f("uq_draft_assignment_id_name")),
    )
    op.create_table(
        "draft_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("turned", sa.Integer(), nullable=True),
        sa.Column("furthest", sa.Integer(), nullable=False),
        sa.Column("outcome_seen", sa.Boolean(), nullable=False),
        sa.Column("active_ms", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
            name=op.f("fk_draft_event_assignment_id_assignment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_event")),
        sa.UniqueConstraint(
            "assignment_id", "number", name=op.f("uq_draft_event_assignment_id_number")
        ),
        sa.UniqueConstraint("identity", name=op.f("uq_draft_event_identity")),
    )
    op.create_table(
        "person_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=True),
        sa.Column("otherwise", sa.Boolean(), nullable=True),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("active_ms", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
            name=op.f("fk_person_proposal_assignment_id_assignment"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_person_proposal_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_proposal")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_person_proposal_proposal_id")),
    )
    with op.batch_alter_table("person_proposal") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_proposal_assignment_id"), ["assignment_id"], unique=False
        )

    op.create_table(
        "person_verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("verdict_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("guess", sa.String(), nullable=True),
        sa.Column("active_ms", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
            name=op.f("fk_person_verdict_assignment_id_assignment"),
        ),
        sa.ForeignKeyConstraint(
            ["verdict_id"], ["verdict.id"], name=op.f("fk_person_verdict_verdict_id_verdict")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_verdict")),
        sa.UniqueConstraint("verdict_id", name=op.f("uq_person_verdict_verdict_id")),
    )
    with op.batch_alter_table("person_verdict") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_verdict_assignment_id"), ["assignment_id"], unique=False
        )

    op.create_table(
        "reading_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
            name=op.f("fk_reading_state_assignment_id_assignment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_state")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_reading_state_assignment_id")),
    )
    op.create_table(
        "reveal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_reveal_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_reveal_draw_id_draw")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveal")),
        sa.UniqueConstraint("identity", name=op.f("uq_reveal_identity")),
    )
    with op.batch_alter_table("reveal") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reveal_assignment_id"), ["assignment_id"], unique=False
        )

    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("empty", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("active_ms", sa.Integer(), nullable=False),
        sa.Column("guidelines", sa.String(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignment.id"],
            name=op.f("fk_submission_assignment_id_assignment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint(
            "assignment_id", "number", name=op.f("uq_submission_assignment_id_number")
        ),
        sa.UniqueConstraint("identity", name=op.f("uq_submission_identity")),
    )
    op.create_table(
        "adjudicated_label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("adjudication_id", sa.Integer(), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["adjudication_id"],
            ["adjudication.id"],
            name=op.f("fk_adjudicated_label_adjudication_id_adjudication"),
        ),
        sa.ForeignKeyConstraint(
            ["annotation_id"],
            ["annotation.id"],
            name=op.f("fk_adjudicated_label_annotation_id_annotation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjudicated_label")),
        sa.UniqueConstraint(
            "adjudication_id",
            "annotation_id",
            name=op.f("uq_adjudicated_label_adjudication_id_annotation_id"),
        ),
    )
    with op.batch_alter_table("adjudicated_label") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_adjudicated_label_annotation_id"), ["annotation_id"], unique=False
        )

    op.create_table(
        "label_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("furthest", sa.Integer(), nullable=False),
        sa.Column("outcome_seen", sa.Boolean(), nullable=False),
        sa.Column("active_ms", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["annotation_id"],
            ["annotation.id"],
            name=op.f("fk_label_record_annotation_id_annotation"),
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submission.id"],
            name=op.f("fk_label_record_submission_id_submission"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_record")),
        sa.UniqueConstraint("annotation_id", name=op.f("uq_label_record_annotation_id")),
    )
    with op.batch_alter_table("label_record") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_label_record_submission_id"), ["submission_id"], unique=False
        )
