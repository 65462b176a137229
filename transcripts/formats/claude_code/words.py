"""Word lists of the format: which commands are the tool's own, which entry types are known."""

_LOCAL_COMMANDS = """
add-dir agents bashes bug chrome clear color compact config context copy cost desktop diff
doctor effort exit export extra-usage fast feedback fork help hooks ide install-github-app
install-slack-app keybindings login logout mcp memory mobile model output-style passes
permissions plugin privacy-settings quit rate-limit-options release-notes reload-plugins
remote-control remote-env rename reset resume rewind sandbox stats status statusline stickers
tag tasks terminal-setup theme thinkback todos upgrade usage vim voice
"""
LOCAL_COMMANDS = frozenset(_LOCAL_COMMANDS.split())
"""Commands that change the tool, not the work."""

_KNOWN_TYPES = """
user assistant system progress attachment summary ai-title custom-title agent-name agent-color
tag agent-setting last-prompt permission-mode mode queue-operation file-history-snapshot
file-history-delta pr-link cost-state worktree-state relocated content-replacement
bridge-session task-summary agent_metadata atis-latch history-suppression attribution-snapshot
speculation-accept
"""
KNOWN_TYPES = frozenset(_KNOWN_TYPES.split())
"""Entry types that Claude Code writes; any other is stored and never shown."""
