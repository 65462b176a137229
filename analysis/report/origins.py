"""What a Markdown report says of where its numbers come from: drift, calls, other runs."""

from collections.abc import Iterable, Sequence

from analysis.figures.bridge import DRIFT
from analysis.report.cells import HEADER, cells, details
from analysis.report.contents import RunReport
from analysis.report.earlier import OtherRun
from transcripts.rendering.text import visible_controls


def origin_lines(run: RunReport) -> Iterable[str]:
    """Yields tables: whether judges drifted, prompts, calls that brought nothing, other runs."""
    drift = [one for one in run.figures.findings if one.name.startswith(DRIFT)]
    if drift:
        yield from table(
            (*HEADER, "to be read with it"),
            ((*cells(one), "; ".join(details(one, ()))) for one in drift),
        )
        yield ""
    calls = run.provenance.calls
    yield from table(
        ("calls for", "prompt sha256"),
        sorted({(line.purpose, line.prompt_hash[:16]) for line in calls}),
    )
    yield ""
    if run.provenance.failed:
        yield from table(
            ("calls that brought nothing to use", "for", "outcome", "reason", "calls", "USD"),
            (
                (line.model, line.purpose, line.outcome, line.reason or "–", str(line.calls),
                 f"{line.cost_usd:.2f}")
                for line in run.provenance.failed
            ),
        )  # fmt: skip
        yield ""
    yield from _other_runs(run.provenance.other_runs)


def _other_runs(runs: Sequence[OtherRun]) -> Iterable[str]:
    if not runs:
        return ["There is no other run on these sessions."]
    head = ("other run on these sessions", "for", "started", "first looked at", "trials", "models",
            "prompt sha256")  # fmt: skip
    return table(
        head,
        (
            (
                f"{other.number} of {other.study}{' (earlier)' if other.came_first else ''}"
                f"{', simulated' if other.simulated else ''}",
                other.purpose,
                other.started,
                other.looked_at or "not on record",
                str(other.trials),
                ", ".join(other.models),
                ", ".join(f"{purpose} {prompt[:16]}" for purpose, prompt in other.prompts),
            )
            for other in runs
        ),
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """Yields the lines of a Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell(text) for text in row)} |"


def cell(text: str) -> str:
    """Text that cannot end a cell, begin markup or hide anything."""
    plain = " ".join(visible_controls(text).split())
    for sign in ("\\", "|", "<", "`", "*", "_", "[", "]"):
        plain = plain.replace(sign, f"\\{sign}")
    return plain
