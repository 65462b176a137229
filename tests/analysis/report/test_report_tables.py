"""The tables of a page on what a run cost, what of it failed, and what else was run."""

import re
from typing import Any

import pytest
from sqlmodel import select

from analysis.report.contents import Report, build_report
from analysis.report.material import read_material
from analysis.report.page import render_html
from analysis.report.plain import render_markdown
from taste.tables import Call, Run, Trial
from transcripts.db import Db

PRICE = {"input": 1000.0, "output": 5000.0}
USAGE = {"input_tokens": 7000, "cache_read_input_tokens": 30_000, "output_tokens": 1000}


def copy_call(db: Db, **values: Any) -> None:
    call = db.exec(select(Call)).first()
    assert call is not None
    db.add(Call(**{**call.model_dump(exclude={"id", "content_hash"}), **values}))


@pytest.fixture(scope="module")
def report(still_world: Db, still_run: Run) -> Report:
    """A run with a dear call, four that brought nothing, and a pilot on its sessions."""
    db, run = still_world, still_run
    copy_call(db, model="dear", usage=USAGE, unit_prices=PRICE, cost_usd=15.0)
    for error in ("refused (bio)", "refused (bio)", "refused (cyber)"):
        copy_call(db, model="m", outcome="refused", error=error, cost_usd=0.5)
    copy_call(db, model="m", outcome="retryable", status_code=529, stop_reason=None, cost_usd=0.0)
    pilot = Run(**{**run.model_dump(exclude={"id"}), "purpose": "pilot", "study": "a <b>"})
    db.add(pilot)
    db.flush()
    trial = db.exec(select(Trial)).first()
    assert trial is not None
    db.add(Trial(**{**trial.model_dump(exclude={"id"}), "run_id": pilot.id, "done": True}))
    db.flush()
    return build_report(read_material(db, run))


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return render_html(report)


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells, as text, of the table under a heading."""
    found = page.partition(f"<h3>{heading}</h3>")[2].partition("</table>")[0]
    lines = re.findall(r"<tr>(.*?)</tr>", found.partition("<tbody>")[2], re.DOTALL)
    cells = (re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", line, re.DOTALL) for line in lines)
    return [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in cells]


def test_costs_stand_by_model_role_and_kind_of_token(page: str) -> None:
    costs = rows(page, "Costs")
    assert {kind for kind, _, _ in costs} == {"model", "role", "tokens"}
    assert ["model", "dear", "15.00 USD"] in costs
    assert ["tokens", "read from a cache", "3.00 USD"] in costs
    assert [row[0] for row in costs if row[1] == "in all"] == ["model", "role", "tokens"]


def test_failed_calls_stand_by_what_became_of_them_refusals_by_category(page: str) -> None:
    failed = [row for row in rows(page, "Calls that brought nothing to use") if row[0] == "m"]
    assert [row[2:] for row in failed] == [
        ["refused", "refusal:bio", "2", "1.00 USD"], ["refused", "refusal:cyber", "1", "0.50 USD"],
        ["retryable", "status 529", "1", "0.00 USD"],
    ]  # fmt: skip


def test_other_runs_stand_with_what_they_were_for(page: str) -> None:
    (row,) = rows(page, "Other runs on these sessions")
    assert (row[1:4], row[6]) == (["pilot", "a &lt;b&gt;", "done, simulated"], "1 of 1 judged")


def test_markdown_has_failed_calls_prompts_and_which_runs_came_first(report: Report) -> None:
    assert report.run is not None
    text, provenance = render_markdown(report), report.run.provenance
    assert "| retryable | status 529 | 1 | 0.00 |" in text
    (other,) = provenance.other_runs
    assert ("(earlier)" in text) == other.came_first
    assert all(f"| {line.purpose} | {line.prompt_hash[:16]} |" in text for line in provenance.calls)
