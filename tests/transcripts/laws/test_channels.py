"""One test for each channel by which the aftermath could reach a prefix; see docs/wall.md."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from transcripts.formats.registry import read_session
from transcripts.prefixes import END, find_candidates, record_prefix
from transcripts.rendering.display import Display
from transcripts.rendering.text import render_shown

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

ALL = Display(thinking=True, names=True, times="relative", chars=10**9)
"""The most that can ever be shown."""
Write = Callable[["Script"], object]


def shown(script: "Script", tmp_path: Path, cut: int = END) -> str:
    record = read_session(script.write(tmp_path / "session.jsonl"))
    return render_shown(record_prefix(record, cut), ALL).text


NEVER: dict[str, Write] = {
    "L1 summary": lambda s: s.entry("summary", summary="ZEBRA", leafUuid="elsewhere"),
    "L2 ai-title": lambda s: s.entry("ai-title", aiTitle="ZEBRA"),
    "L2 custom-title": lambda s: s.entry("custom-title", customTitle="ZEBRA"),
    "L2 agent-name": lambda s: s.entry("agent-name", agentName="ZEBRA"),
    "L2 tag": lambda s: s.entry("tag", tag="ZEBRA"),
    "L2 last-prompt": lambda s: s.entry("last-prompt", lastPrompt="ZEBRA", leafUuid="x"),
    "L3 pr-link": lambda s: s.entry("pr-link", prUrl="ZEBRA", prRepository="ZEBRA"),
    "L3 cost-state": lambda s: s.entry("cost-state", models={"ZEBRA": 1}),
    "L3 turn_duration": lambda s: s.chained("system", subtype="turn_duration", content="ZEBRA"),
    "L3 away_summary": lambda s: s.chained("system", subtype="away_summary", content="ZEBRA"),
    "L3 stop_hook": lambda s: s.chained(
        "system", subtype="stop_hook_summary", hookInfos=[{"command": "ZEBRA"}]
    ),
    "L5 of the reply": lambda s: s.chained(
        "assistant",
        requestId="ZEBRA",
        message={
            "id": "m", "model": "x", "content": [{"type": "text", "text": "said"}],
            "stop_reason": "ZEBRA", "usage": {"service_tier": "ZEBRA"},
        },
    ),
    "L10 progress": lambda s: s.chained(
        "progress", data={"type": "agent_progress", "message": {"content": "ZEBRA"}}
    ),
    "L11 toolUseResult": lambda s: s.chained(
        "user",
        toolUseResult={"originalFile": "ZEBRA", "structuredPatch": [{"lines": ["ZEBRA"]}]},
        message={
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "c", "content": "ok"}],
        },
    ),
    "L13 snapshot": lambda s: s.entry(
        "file-history-snapshot", messageId="session-1-e1", isSnapshotUpdate=True,
        snapshot={"trackedFileBackups": {"ZEBRA": {"backupFileName": "ZEBRA"}}},
    ),
    "L13 delta": lambda s: s.entry("file-history-delta", trackingPath="ZEBRA"),
    "L20 slug": lambda s: s.human("go", slug="ZEBRA", gitBranch="ZEBRA", cwd="/ZEBRA"),
    "unknown entry": lambda s: s.entry("holograms", text="ZEBRA"),
    "unknown attachment": lambda s: s.chained(
        "attachment", attachment={"type": "hologram", "content": "ZEBRA"}
    ),
    "hook output": lambda s: s.chained(
        "attachment", attachment={"type": "hook_success", "stdout": "ZEBRA"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("write", NEVER.values(), ids=NEVER.keys())
def test_what_is_never_shown_is_not_shown_by_any_settings(
    script: "Script", tmp_path: Path, write: Write
) -> None:
    script.human("find out why")
    script.says("I look")
    write(script)
    script.says("more")
    text = shown(script, tmp_path)
    assert "I look" in text
    assert "ZEBRA" not in text


@pytest.mark.parametrize(
    "beside",
    [
        "sessions-index.json", "session/tool-results/call-2.txt", "memory/MEMORY.md",
        "history.jsonl", "session/subagents/agent-a1.jsonl", "todos/session.json",
    ],
)  # fmt: skip
def test_files_beside_a_session_are_never_read_into_it(
    script: "Script", tmp_path: Path, beside: str
) -> None:
    script.human("find out why")
    saved = "<persisted-output>\nFull output saved to: session/tool-results/call-2.txt\nfirst lines"
    script.gets(script.does("Bash", {"command": "ls"}), saved)
    before = shown(script, tmp_path)
    path = tmp_path / beside
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"type": "user", "message": {"content": "ZEBRA"}}\n')
    assert shown(script, tmp_path) == before


def test_a_subagents_work_is_in_no_prefix_of_the_main_thread(
    script: "Script", tmp_path: Path
) -> None:
    script.human("find out why")
    call = script.does("Task", {"prompt": "look"})
    script.sidechain("ZEBRA")
    script.gets(call, "the subagent's report")
    text = shown(script, tmp_path)
    assert "the subagent's report" in text
    assert "ZEBRA" not in text


def test_background_work_is_known_from_its_notification_on(
    script: "Script", tmp_path: Path
) -> None:
    script.human("find out why")
    script.gets(script.does("Bash", {"command": "train", "run_in_background": True}), "started")
    script.says("meanwhile")
    script.queue("enqueue", "<task-notification>ZEBRA</task-notification>")
    script.says("still working")
    script.queue("remove")
    script.says("it is done")
    record = read_session(script.write(tmp_path / "session.jsonl"))
    texts = [render_shown(record_prefix(record, p.cut)).text for p in find_candidates(record)]
    assert ["ZEBRA" in text for text in texts] == [False] * (len(texts) - 1) + [True]


def test_a_call_stands_in_later_prefixes_and_its_result_only_from_its_own_line(
    script: "Script", tmp_path: Path
) -> None:
    script.human("find out why")
    slow = script.does("Bash", {"command": "slow"})
    script.human("meanwhile: why?")
    script.gets(slow, "ZEBRA")
    script.human("well?")
    record = read_session(script.write(tmp_path / "session.jsonl"))
    acts = [point for point in find_candidates(record) if point.actor == "human"]
    texts = [render_shown(record_prefix(record, point.cut)).text for point in acts]
    assert ["slow" in text for text in texts][:2] == [False, True]
    assert "ZEBRA" not in texts[1]


def test_a_compaction_is_shown_in_place_and_what_came_before_it_stays(
    script: "Script", tmp_path: Path
) -> None:
    script.human("find out why")
    script.says("first finding")
    script.compacts("This session is being continued from a previous conversation. ZEBRA")
    script.human("go on")
    record = read_session(script.write(tmp_path / "session.jsonl"))
    acts = [point for point in find_candidates(record) if point.actor == "human"]
    texts = [render_shown(record_prefix(record, point.cut)).text for point in acts]
    assert "ZEBRA" not in texts[0]
    assert texts[-1].index("first finding") < texts[-1].index("ZEBRA")


def test_no_absolute_time_is_shown_by_any_settings(script: "Script", tmp_path: Path) -> None:
    script.human("find out why")
    script.says("I look")
    text = shown(script, tmp_path)
    assert "+0 min" in text
    assert "2026" not in text
    assert "10:00" not in text
