"""What `taste power` writes for people: small tables of at most 80 columns, and a drawing."""

import sys
from typing import TYPE_CHECKING

import typer

from taste.cli.shared import write_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.power.detectable import Detectable
    from analysis.power.overview import Overview
    from analysis.power.pilot import Pilot
    from analysis.power.plan import Figures

EVEN = 0.5
MOST_DETECTABLE = {"rate": 0.5, "difference": 1.0, "contrast": 1.0}
TITLES = {
    "rate": "one win rate against 1/2",
    "difference": "paired difference of two arms",
    "contrast": "contrast of two sets",
}


def write_overview(found: "Overview", *, ascii_: bool) -> None:
    """Write everything that was found to stdout."""
    _write_plan(found)
    if found.pilots is not None:
        _write_pilot(found.pilots.rate)
    _write_figures(found)
    _write_equivalence(found)
    _write_clustering(found)
    _write_growth(found)
    _write_sampling(found)
    _write_labels(found)
    _write_checked(found)
    _write_drawing(found, plain=ascii_ or not _shows_unicode())


def _write_plan(found: "Overview") -> None:
    plan, had = found.planning.plan, found.planning.harvest
    if had is not None:
        typer.echo(
            f"in {had.hours:g} person-hours: {had.sessions_screened} sessions screened, "
            f"{had.sessions_yielding} with an item,"
        )
        typer.echo(f"{had.items} items marked in the set, {had.other_items} in the other")
    typer.echo(
        f"plan: {plan.items} items in {plan.clusters} clusters (sizes vary by "
        f"{found.figures.rate.size_cv:.2f} of their mean)"
    )
    for source in found.planning.sources:
        typer.echo(f"  {source}")


def _write_pilot(pilot: "Pilot") -> None:
    typer.echo(f"pilot: {pilot.items} items in {pilot.clusters} clusters, mean {pilot.mean:.3f}")
    if pilot.icc is not None and pilot.icc_low is not None and pilot.icc_high is not None:
        typer.echo(
            f"  its ICC is {pilot.icc:.2f}, by these few clusters anything from "
            f"{pilot.icc_low:.2f} to {pilot.icc_high:.2f} ({100 * pilot.level:g}%)"
        )
    if pilot.minutes_per_item is not None:
        typer.echo(f"  {pilot.minutes_per_item:.1f} minutes an item, of {pilot.items_timed} timed")


def _write_figures(found: "Overview") -> None:
    figures, aim = found.figures, found.planning.plan.aim
    _title(f"what can be shown (level {aim.level:g}, detectable with power {aim.power:g})")
    write_table(
        ("", "items", "deff", "df", "+/-", "detectable"),
        (
            (TITLES[name], one.items, f"{one.design_effect:.2f}", f"{one.df:.1f}",
             f"{one.half_width:.3f}", _detectable(name, one))
            for name, one in _named(figures)
        ),
    )  # fmt: skip
    if found.effect is not None:
        chances = (found.effect.rate, found.effect.difference, found.effect.contrast)
        said = ", ".join(
            f"{name} {chance:.2f}"
            for name, chance in zip(TITLES, chances, strict=True)
            if chance is not None
        )
        typer.echo(f"power for an effect of {found.effect.effect:g}: {said}")
        typer.echo(
            f"  (rate, were items independent wins and losses: "
            f"{found.effect.unclustered_exact:.3f}, exact)"
        )


def _write_equivalence(found: "Overview") -> None:
    margin = found.equivalence[0][1].margin
    _title(f"to call two things no more than {margin:g} apart, when they do not differ")
    write_table(
        ("", "level", "+/-", "power"),
        (
            (TITLES[name], f"{one.level:g}", f"{one.half_width:.3f}",
             f"{one.power:.2f}" if one.possible else "out of reach")
            for name, one in found.equivalence
        ),
    )  # fmt: skip


def _write_clustering(found: "Overview") -> None:
    high = found.highest_icc
    _title("if the ICC is")
    write_table(
        ("ICC", *_columns(found.figures)),
        (
            (f"{one.icc:.2f}{'*' if one.icc == high else ''}",
             *_cells(one.figures))
            for one in found.clustering
        ),
    )  # fmt: skip
    if high is not None:
        typer.echo("* as high as the pilot allows")


def _write_growth(found: "Overview") -> None:
    _title("more items, detectable (old sessions may hold no more of them)")
    names = [name for name, _ in _named(found.figures)]
    write_table(
        ("items", "from", *names, "minutes"),
        (
            (f"+{one.extra_items}", where, *_detectables(figures), _minutes(minutes))
            for one in found.growth
            for where, figures, minutes in (
                ("old sessions", one.old, one.old_minutes),
                (f"{one.extra_sessions} new ones", one.new, one.new_minutes),
            )
        ),
    )
    floors = ", ".join(f"{name} {one.floor:.3f}" for name, one in _named(found.figures))
    typer.echo("+/- with ever more items in the old sessions falls no lower than")
    typer.echo(f"  {floors}")


def _write_sampling(found: "Overview") -> None:
    _title("more proposals an item, more verdicts an order")
    if not found.sampling:
        plan = found.planning.plan
        typer.echo(
            "not known: --verdict-sd, or a pilot with repeated verdicts, would show it"
            if plan.rate.resolved and plan.difference.resolved
            else "not known: the noise leaves no room for what items differ by (see above)"
        )
        return
    write_table(
        ("repeats", "samples", "rate +/-", "detectable", "difference +/-", "detectable"),
        (
            (one.repeats, one.samples, f"{one.rate.half_width:.3f}", f"{one.rate.mde:.3f}",
             f"{one.difference.half_width:.3f}", f"{one.difference.mde:.3f}")
            for one in found.sampling
        ),
    )  # fmt: skip


def _write_labels(found: "Overview") -> None:
    _title(
        f"items labelled by people (sd {found.planning.plan.people.sd:g}), if judge and people "
        f"correlate {found.judge_correlation:g}"
    )
    write_table(
        ("labels", "clusters", "corrected rate +/-", "labels alone +/-"),
        (
            (one.labels, f"{one.clusters:.1f}", f"{one.half_width:.3f}",
             f"{one.half_width_alone:.3f}")
            for one in found.labels
        ),
    )  # fmt: skip


def _write_checked(found: "Overview") -> None:
    if not found.checked:
        return
    _title("power by formula and by simulated studies")
    for one in found.checked:
        said = one.reason
        if one.simulated is not None:
            said = (
                f"{one.simulated.power:.3f} in {one.simulated.replicates} studies "
                f"(+/- {one.simulated.monte_carlo_error:.3f}, seed {one.simulated.seed})"
            )
        typer.echo(f"{one.figure}, effect {one.effect:.3f}: formula {one.formula:.3f}")
        typer.echo(f"  simulated: {said}")


def _write_drawing(found: "Overview", *, plain: bool) -> None:
    from analysis.power.picture import ASCII, UNICODE, render_curves

    strokes = ASCII if plain else UNICODE
    _title(
        f"half-width of one rate by sessions; 1, 2, 4, 8: items in each; {strokes.plan}: the plan"
    )
    here = (float(found.figures.rate.clusters), found.figures.rate.half_width)
    typer.echo(render_curves(found.curves, here, strokes))


def _named(figures: "Figures") -> "list[tuple[str, Detectable]]":
    from analysis.power.overview import named

    return list(named(figures))


def _columns(figures: "Figures") -> "Iterable[str]":
    for name, _ in _named(figures):
        yield f"{name} +/-"
        yield "detects"


def _cells(figures: "Figures") -> "Iterable[str]":
    for name, one in _named(figures):
        yield f"{one.half_width:.3f}"
        yield _reached(name, one)


def _detectables(figures: "Figures") -> "Iterable[str]":
    return (_reached(name, one) for name, one in _named(figures))


def _reached(name: str, one: "Detectable") -> str:
    return f"{one.mde:.3f}" if one.mde <= MOST_DETECTABLE[name] else "none"


def _detectable(name: str, one: "Detectable") -> str:
    reached = _reached(name, one)
    if name == "rate" and reached != "none":
        return f"{reached} (50% against {100 * (EVEN + one.mde):.0f}%)"
    return reached


def _minutes(minutes: float | None) -> str:
    return "" if minutes is None else f"{minutes:.0f}"


def _shows_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _title(text: str) -> None:
    typer.echo(f"\n{text}")
