"""Word lists of the format: which commands are the tool's own, which entry types are known."""

_LOCAL_COMMANDS = """
add-dir agents bashes branch btw bug chrome clear color compact config context copy cost desktop
diff doctor effort exit export extra-usage fast feedback fork help hooks ide insights
install-github-app install-slack-app keybindings login logout mcp memory mobile model output-style
passes permissions plugin privacy-settings quit rate-limit-options recap release-notes
reload-plugins remote-control remote-env rename reset resume rewind sandbox skills stats status
statusline stickers tag tasks terminal-setup theme thinkback todos upgrade usage vim voice
"""
LOCAL_COMMANDS = frozenset(_LOCAL_COMMANDS.split())
"""Commands that change the tool, not the work.

`/compact` with words is one of them: the words say what the summary shall keep, not what shall be
done, and what came of them is in the summary, which is shown.
"""

_KNOWN_TYPES = """
user assistant system progress attachment summary ai-title custom-title agent-name agent-color
tag agent-setting last-prompt permission-mode mode queue-operation file-history-snapshot
file-history-delta pr-link cost-state worktree-state relocated content-replacement
bridge-session task-summary agent_metadata atis-latch isolation-latch history-suppression
attribution-snapshot speculation-accept ended artifact-comment-monitor artifact-autoreact-ledger
"""
KNOWN_TYPES = frozenset(_KNOWN_TYPES.split())
"""Entry types that Claude Code writes; any other is stored and never shown."""

_KNOWN_ATTACHMENTS = """
agent_listing_delta agent_mention already_read_file async_hook_response async_hook_response_batch
auto_mode auto_mode_exit batching_reminder command_permissions compact_file_reference
cowork_memory_context date date_change deferred_tools_delta deferred_tools_record diagnostics
dir_sync_notice directory edited_text_file environment file fork_briefing goal_status
hook_additional_context hook_blocking_error hook_cancelled hook_deferred_tool
hook_error_during_execution hook_non_blocking_error hook_permission_decision
hook_stopped_continuation hook_success hook_system_message ide_diagnostics instructions
invoked_skills language max_turns_reached mcp_instructions_delta mcp_resource model nested_memory
opened_file_in_ide output_style output_style_instructions peer_mention plan_mode plan_mode_exit
plan_mode_reentry poll_events prompt_snapshot queued_command read_truncation_notice
relevant_memories remote_session_change sandbox_instructions secondary_reminder
selected_lines_in_ide session_context silent_turn_reminder skill_listing structured_output
task_reminder task_status team_context teammate_mailbox teammate_shutdown_batch thinking_stripped
todo todo_reminder tool_host_result_lines tool_hosts_notice tool_search_usage_reminder
total_tokens_reminder ultra_effort_enter ultra_effort_exit workflow_size_guideline_change
"""
KNOWN_ATTACHMENTS = frozenset(_KNOWN_ATTACHMENTS.split())
"""Attachments that Claude Code writes: all but a queued message are stored and never shown."""
