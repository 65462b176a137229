import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.live import Live

from taste.cli import watching
from taste.cli.shared import say, write_json
from taste.progress import Progress
from taste.rate_limits import Rate
from taste.simulator.server import Simulator

Taste = Callable[..., Any]
RATE = Rate(70.0, {"requests": 4000.0}, {}, 3, 8, 2)
HALFWAY = Progress(
    "trials", 12, 40, 8, 1, {"proposal refused": 2}, {"retryable": 3}, 55, 8, 1.5, 0.25, 20.0,
    0.8, {"local a-model": RATE}, 190.0, True,
)  # fmt: skip


def test_a_progress_is_told_in_jobs_calls_money_and_rates() -> None:
    jobs, calls, money, rates = watching.progress_lines(HALFWAY)
    assert jobs == (
        "12 of 40 trials (simulated) · 8 running · 2 without a result (proposal refused 2) · "
        "1 unanswered · about 0 h 03 min left"
    )
    assert calls == "55 answers · 8 under way · 3 calls failed (retryable 3)"
    assert money.startswith("$1.50 of $20.00 spent · $0.25 more at most under way · 80%")
    waiting = watching.progress_lines(replace(HALFWAY, under_way=0, waiting=5))
    assert waiting[1].startswith("55 answers · 5 wait in batches · 3 calls failed")
    assert "$0.25 more at most under way" in waiting[2]
    assert rates == "a-model 70 of 4000 a minute, 2 refused for load"


def test_what_is_said_during_a_display_goes_above_it() -> None:
    screen = io.StringIO()
    with Live("a display", console=Console(file=screen, force_terminal=True)):
        say("batch 1 was handed over")
    assert screen.getvalue().rindex("a display") > screen.getvalue().index("batch 1 was handed")


def test_without_a_terminal_a_line_comes_now_and_then_and_only_if_it_is_new(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LINE_SECONDS", 0.0)
    with watching.watching() as tell:
        tell(HALFWAY)
        tell(HALFWAY)
        tell(replace(HALFWAY, done=13))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" of ")[0] for line in lines] == ["12", "13"]


def test_a_name_from_a_study_can_move_no_cursor_and_is_no_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    hostile = replace(HALFWAY, rates={"local [red]\x1b[2Jmodel": RATE})
    with watching.watching() as tell:
        tell(hostile)
    shown = capsys.readouterr().err
    assert "\x1b[2J" not in shown
    assert "[red]" in shown


def test_no_line_of_json_holds_what_json_cannot(capsys: pytest.CaptureFixture[str]) -> None:
    write_json({"a": [float("inf"), float("nan")], "b": "Infinity"})
    assert capsys.readouterr().out == '{"a": [null, null], "b": "Infinity"}\n'


def test_events_are_one_object_a_line_from_start_to_end(
    taste: Taste, database: Path, folder: Path, simulator: Simulator, study_text: Callable[..., str]
) -> None:
    (folder / "s.toml").write_text(study_text(simulator.base_url), encoding="utf-8")
    said = taste("run", "s.toml", "--yes", "--limit", 2, "--json", "--db", database)
    events = [json.loads(line) for line in said.out.splitlines()]
    assert {one["event"] for one in events[1:-1]} == {"progress"}
    assert (events[0]["event"], events[0]["trials"], events[0]["simulated"]) == ("start", 2, True)
    assert (events[-2]["done"], events[-2]["budget_usd"]) == (2, 10)
    assert (events[-1]["event"], events[-1]["done"]) == ("stop", 2)
    assert "5 of 7 open trials are left" in events[-1]["reason"]
