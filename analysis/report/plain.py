"""Renders a report as JSON, to compute with, and as Markdown, to paste: no session text in them."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from analysis.figures.headline import Contrast
from analysis.figures.lines import ArmLine, Figure
from analysis.report.contents import NO_RUN_WHY, SIMULATED, SIMULATED_WHY, Report, RunReport
from analysis.report.origins import cell, origin_lines, table
from analysis.report.statistics import figures_as_json
from analysis.report.words import VIEWS, count_items, percent1, signed1, span1


def render_json(report: Report) -> str:
    """Returns all figures, counts, item scores and provenance as JSON with sorted keys."""
    value: dict[str, Any] = {
        "title": report.title,
        "simulated": report.simulated,
        "banner": _banner(report),
        "run": _run(report.run) if report.run else None,
    }
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, default=_plain) + "\n"


def _banner(report: Report) -> str | None:
    return f"{SIMULATED}: {SIMULATED_WHY}" if report.simulated else None


def _run(run: RunReport) -> dict[str, Any]:
    results = run.results
    return {
        "headline": run.sentences,
        "alarms": run.alarms,
        "notices": run.notices,
        "level": results.level,
        "primary": results.plan.primary,
        "judges": results.judges,
        "filter": run.wanted,
        "sets": results.sets,
        "rates": [_line(line) for line in results.lines],
        "rates_by_judge": [_line(line) for line in results.by_judge],
        "rates_beside": {
            "view": results.beside_view,
            "judges": results.beside_judges,
            "rates": [_line(line) for line in results.beside],
            "minus_stock": [_contrast(contrast) for contrast in results.beside_minus_stock],
        },
        "minus_stock": [_contrast(contrast) for contrast in results.minus_stock],
        "between_sets": [_contrast(contrast) for contrast in results.between_sets],
        "judge_effects": [
            {
                "judge": effect.judge,
                "position": _figure(effect.position),
                "flipped": _figure(effect.flipped),
            }
            for effect in results.judge_effects
        ],
        "figures": figures_as_json(run.figures),
        "flow": run.flow,
        "controls_not_run": run.not_run,
        "cautions": run.cautions,
        "provenance": run.provenance,
    }


def _line(line: ArmLine) -> dict[str, Any]:
    shares = line.shares
    return {
        "set": line.set,
        "arm": line.arm,
        "is_model": line.is_model,
        "judge": line.judge,
        "judge_is_of_own_family": line.own_family,
        "items": line.items,
        "scored_items": len(line.scores),
        "sessions": line.sessions,
        "won": shares.won if shares else None,
        "tied": shares.tied if shares else None,
        "lost": shares.lost if shares else None,
        "rate": _figure(line.rate),
        "worst_case": line.worst_case,
        "best_case": line.best_case,
        "position": _figure(line.position),
        "flipped": _figure(line.flipped),
        "reversed": _figure(line.reversed),
        "verdicts": line.verdicts,
        "unscored": line.unscored,
        "exclusions": line.exclusions,
        "scores": {item.item: item.score for item in line.scores},
    }


def _contrast(contrast: Contrast) -> dict[str, Any]:
    return {
        "arm": contrast.arm,
        "set": contrast.set,
        "against": contrast.against,
        "difference": _figure(contrast.figure),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    estimate = dataclasses.asdict(figure.estimate) if figure.estimate else {}
    return {**estimate, "value": figure.value, "note": figure.note}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a report's JSON")


def render_markdown(report: Report) -> str:
    """Returns headline, tables, flow, doubts and provenance as Markdown."""
    lines = [f"# {cell(report.title)}", ""]
    banner = _banner(report)
    if banner:
        lines += [f"**{banner}**", ""]
    if report.run is None:
        return "\n".join([*lines, NO_RUN_WHY, ""])
    return "\n".join([*lines, *_run_lines(report.run, report.simulated)])


def _run_lines(run: RunReport, simulated: bool) -> list[str]:
    mark = f" ({SIMULATED})" if simulated else ""
    facts = run.provenance.run
    return [
        *(f"> {cell(notice)}\n" for notice in run.notices),
        *(f"> **Not to be believed as it stands.** {cell(alarm)}\n" for alarm in run.alarms),
        *(f"- {cell(sentence)}" for sentence in run.sentences),
        *_rates(run, mark),
        f"\n## What the numbers do not show{mark}\n",
        *(f"- {cell(caution)}" for caution in run.cautions),
        f"\n## Controls that were not run{mark}\n",
        *table(
            ("control", "", "what stays open"),
            ((control.name, control.what, control.open_question) for control in run.not_run),
        ),
        f"\n## Position and flips{mark}\n",
        *table(
            ("judge", "position, points", "flips"),
            (
                (effect.judge, _signed(effect.position), _share(effect.flipped))
                for effect in run.results.judge_effects
            ),
        ),
        f"\n## What fell out, and why{mark}\n",
        *table(
            ("stage", "count", "of these no further"),
            ((stage.name, str(stage.count), _counts(stage.dropped)) for stage in run.flow.stages),
        ),
        f"\n## Provenance{mark}\n",
        f"Run {facts.number} of study {cell(facts.study)}, {facts.status}, {facts.started}; "
        f"study {facts.study_hash}; {run.provenance.number_of_calls} calls, "
        f"{run.provenance.cost_usd:.2f} USD; {run.provenance.shortening}.",
        "",
        f"Cost: {run.provenance.costs.sentence}.",
        "",
        *origin_lines(run),
        "",
    ]


def _rates(run: RunReport, mark: str) -> Iterable[str]:
    minus_stock = {(c.set, c.arm): c.figure for c in run.results.minus_stock}
    view = run.results.beside_view
    beside = VIEWS.get(view, view)
    for found in run.results.sets:
        yield f"\n## {cell(count_items(found.items, found.kind).capitalize())}{mark}\n"
        yield from table(
            ("arm", "win rate", "minus stock", beside, "won", "tied", "lost", "items", "sessions"),
            (
                (
                    line.arm,
                    _share(line.rate),
                    _signed(minus_stock.get((line.set, line.arm))),
                    _rate_beside(run, line),
                    *_shares(line),
                    f"{len(line.scores)} of {line.items}",
                    str(line.sessions),
                )
                for line in run.results.lines
                if line.set == found.name
            ),
        )


def _rate_beside(run: RunReport, line: ArmLine) -> str:
    other = run.results.line_beside(line.set, line.arm)
    return _share(other.rate) if other else ""


def _shares(line: ArmLine) -> tuple[str, str, str]:
    if line.shares is None:
        return ("–", "–", "–")
    return (percent1(line.shares.won), percent1(line.shares.tied), percent1(line.shares.lost))


def _share(figure: Figure) -> str:
    return figure.note if figure.value is None else f"{percent1(figure.value)} ({span1(figure)})"


def _signed(figure: Figure | None) -> str:
    if figure is None:
        return ""
    return figure.note if figure.value is None else f"{signed1(figure.value)} ({span1(figure)})"


def _counts(counts: Mapping[str, int]) -> str:
    return "; ".join(f"{number} {reason}" for reason, number in counts.items()) or "none"
