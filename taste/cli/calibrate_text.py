"""What `taste calibrate` writes for people: small tables of at most 80 columns."""

from typing import TYPE_CHECKING

import typer

from taste.cli.shared import write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.calibration.population import Population
    from analysis.calibration.results import Agreed, Calibrated, Rate, Share
    from analysis.calibration.widths import Width
    from analysis.estimates import Estimate


def write_widths(found: "Population", widths: "Sequence[Width]") -> None:
    """How many labels buy how much width."""
    arms = len({arm for _, arm in found.cells})
    typer.echo(
        f"view {found.view}, judge {found.judge}: {len(found.units)} pairs with its verdicts, "
        f"{arms} arms; {found.unscored} trials without"
    )
    if not widths:
        return
    correlation = widths[0].correlation
    typer.echo(
        f"assumed: judge and people correlate {correlation:.2f}; half-widths of 95% intervals"
    )
    write_table(
        ("labels", "set", "items", "sessions", "each arm", "corrected +/-", "people alone +/-"),
        (
            (one.labels, one.set, one.items, one.clusters, one.labels_each,
             _half(one.half_width), _half(one.half_width_alone))
            for one in widths
        ),
    )  # fmt: skip
    if any(one.half_width is None for one in widths):
        typer.echo("few: too few labels or sessions for an interval")


def _half(width: float | None) -> str:
    return "few" if width is None else f"{width:.3f}"


def write_calibration(found: "Calibrated") -> None:
    """Everything that a sample shows."""
    simulated = "SIMULATED moves. " if found.simulated else ""
    typer.echo(
        f"{simulated}sample {found.name}: view {found.view}, judge {found.judge}; "
        f"{found.judged} of {found.drawn} pairs judged"
    )
    minutes = "not kept" if found.minutes is None else f"{found.minutes:.1f} (median)"
    typer.echo(
        f"{found.verdicts} verdicts by {found.people} people, {found.cannot_tell} of them cannot "
        f"tell; active minutes a verdict: {minutes}"
    )
    _title("agreement on the sample")
    write_table(
        ("", "", "pairs", "agree", "kappa", "AC1"),
        (_agreed(one) for one in (*found.with_people, *found.among_people, found.repeats)),
    )
    for one in (*found.with_people, *found.among_people, found.repeats):
        if one.why is not None:
            typer.echo(f"{one.one}, {one.other}: {one.why}")
    _title("blindness and care")
    half = {
        True: "; one half, guessing, is inside",
        False: "; one half, guessing, is OUTSIDE",
        None: "",
    }
    blind = half[found.probe_has_half]
    typer.echo(f"which is the human's: right {_share(found.probe)}{blind}; {found.unsure} unsure")
    typer.echo(f"gold pairs: right {_share(found.gold)}")
    _title("win rates: by the judge, by people's labels alone, corrected (two-phase)")
    write_table(
        ("set", "arm", "labels", "judge", "people alone", "corrected"),
        (_rate(one) for one in found.rates),
    )
    for rate in found.rates:
        if rate.why is not None:
            typer.echo(f"{rate.set}, {rate.arm}: {rate.why}")


def _title(text: str) -> None:
    typer.echo(f"\n{text}")


def _agreed(one: "Agreed") -> tuple[object, ...]:
    if one.raw is None:
        return (one.one, one.other, one.pairs, "not estimated", "", "")
    cells = (interval(one.raw), interval(one.kappa) if one.kappa else "undefined")
    return (one.one, one.other, one.pairs, *cells, interval(one.ac1) if one.ac1 else "")


def _share(one: "Share") -> str:
    if one.estimate is None:
        return f"not estimated ({one.answers} answers: {one.why})"
    return f"{interval(one.estimate)} of {one.answers}"


def _rate(one: "Rate") -> tuple[object, ...]:
    labels = f"{one.labelled}/{one.items}"
    if one.corrected is None:
        return (one.set, one.arm, labels, "", "", "not estimated")
    rates = (one.corrected.judge, one.corrected.people, one.corrected.estimate)
    return (one.set, one.arm, labels, *map(interval, rates))


def interval(found: "Estimate") -> str:
    """A value with its interval."""
    if found.low is None or found.high is None:
        return f"{found.value:.2f} [no interval]"
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
