"""The words of Codex rollouts: types of lines, and texts that stand for something else."""

LINE_TYPES = frozenset(
    {
        "session_meta",
        "response_item",
        "event_msg",
        "turn_context",
        "compacted",
        "world_state",
        "inter_agent_communication",
        "inter_agent_communication_metadata",
    }
)

SILENT_EVENTS = frozenset(
    {
        # Copies of response items.
        "agent_message",
        "agent_reasoning",
        "agent_reasoning_raw_content",
        "item_completed",
        "patch_apply_end",
        "exec_command_end",
        "mcp_tool_call_end",
        "web_search_end",
        "image_generation_end",
        "view_image_tool_call",
        "dynamic_tool_call_request",
        "dynamic_tool_call_response",
        # State of the application.
        "context_compacted",
        "entered_review_mode",
        "exited_review_mode",
        "error",
        "warning",
        "thread_goal_updated",
        "thread_name_updated",
        "thread_settings_applied",
        "sub_agent_activity",
        "collab_agent_spawn_end",
        "collab_agent_interaction_end",
        "collab_waiting_end",
        "collab_close_end",
        "collab_resume_end",
        "guardian_assessment",
        "undo_completed",
        "plan_update",
    }
)
"""Events that say nothing which a response item does not say, or that no agent is told."""

SILENT_ITEMS = frozenset(
    {
        "compaction",
        "context_compaction",
        "compaction_summary",
        "compaction_trigger",
        "additional_tools",
        "ghost_snapshot",
        "other",
    }
)
"""Response items without readable content, or with what the application set up."""

SHELL_TAG = "user_shell_command"
ABORTED_TAG = "turn_aborted"
IMAGE_TAG = "image"
BACKGROUND_TAGS = frozenset({"subagent_notification", "agent_notification"})
CONTEXT_TAGS = frozenset(
    {
        "environment_context",
        "environments_context",
        "user_instructions",
        "skill",
        "skills_instructions",
        "permissions",
        "collaboration_mode",
        "apps_instructions",
        "plugins",
        "subagents",
        "user_action",
        "hook_prompt",
        "goal_context",
        "recommended_plugins",
    }
)
CONTEXT_HEADINGS = ("# AGENTS.md instructions",)

REJECTED = frozenset(
    {"exec command rejected by user", "patch rejected by user", "rejected by user"}
)
"""What a call is answered with when the person refused it."""

ABORTED = r"(?:Wall time: [\d.]+ seconds\n)?aborted(?: by user(?: after [\d.]+s)?)?\s*"
"""What a call is answered with when the person interrupted it."""

QUESTION_TOOL = "request_user_input"
SPAWN_TOOL = "spawn_agent"

NO_INTERRUPT = frozenset({"review_ended", "budget_limited"})
"""Reasons for which a turn ends without a person's doing."""
INTERRUPTED = "(interrupted the turn)"
UNREADABLE = "(the session so far was compacted; the summary is not readable)"
