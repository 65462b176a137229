"""Figures of agreement as rows of words, for the command line and the screen alike. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from taste.agreement_results import AgreementFigure, AgreementResults, TypeConfusion
from transcripts.rendering.text import visible_controls

NONE = "-"
_NAMED = 3
"""Figures that a note names; of more it says how many."""
_CORRECTED = {"AC1", "AC2"}


@dataclass(frozen=True, slots=True)
class Rows:
    """A small table."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    below: tuple[str, ...] = ()
    """What stands under it in words."""

    def lines(self) -> list[str]:
        """The table with its columns aligned; names may be anything that somebody typed."""
        cells = [[visible_controls(cell) for cell in row] for row in (self.header, *self.rows)]
        widths = [max(len(row[n]) for row in cells) for n in range(len(self.header))]
        padded = (zip(row, widths, strict=True) for row in cells)
        aligned = ("  ".join(cell.ljust(width) for cell, width in row).rstrip() for row in padded)
        return [*aligned, *map(visible_controls, self.below)]


def agreement_tables(results: AgreementResults) -> Iterator[Rows]:
    """Yield every table: who read what, where marks lie, what points are, which types are mixed.

    Under ± stands how many human acts two labels may be apart.
    """
    yield Rows(
        f"{results.sessions} sessions read by two or more; {results.condition} labels; "
        f"intervals at {results.level:.0%}",
        ("annotator", "sessions", "labels", "marks"),
        tuple((r.annotator, str(r.sessions), str(r.labels), str(r.marks)) for r in results.readers),
    )
    groups = dict.fromkeys(figure.between for figure in results.figures)
    for group in groups:
        mine = [figure for figure in results.figures if figure.between == group]
        named = " and ".join(group)
        if places := tuple(_place_rows(mine)):
            yield Rows(f"{named}: where marks lie", _PLACES, places, tuple(_beside(mine)))
        if fields := tuple(_field_rows(mine)):
            yield Rows(f"{named}: what points are", _FIELDS, fields)
    yield from map(_confusion_rows, filter(lambda one: one.types, results.confusions))


_PLACES = ("±", "F1", "by chance", "above chance", "sessions")
_FIELDS = ("field", "±", "n", "agreement", "alpha", "AC1 or AC2")


def agreement_notes(results: AgreementResults) -> list[str]:
    """What must be read with the figures, each note once, with the figures it belongs to."""
    found: dict[str, list[str]] = {}
    for one in results.figures:
        for note in filter(None, one.note.split("; ")):
            found.setdefault(note, []).append(f"{one.measure} of {one.field}")
    notes = [f"{_among(list(dict.fromkeys(of)))}: {note}" for note, of in found.items()]
    if left_out := ", ".join(f"{count} {said}" for said, count in results.left_out.items()):
        notes.append(f"labels given in another condition are not counted: {left_out}")
    if results.unsubmitted:
        notes.append(f"{results.unsubmitted} assignments of these sessions are not handed in yet")
    return notes


def _among(figures: list[str]) -> str:
    if len(figures) <= _NAMED:
        return ", ".join(figures)
    return f"{', '.join(figures[:_NAMED])} and {len(figures) - _NAMED} more"


def show_figure(one: AgreementFigure | None) -> str:
    """A figure with its interval."""
    if one is None or one.value is None:
        return NONE
    interval = "" if one.low is None or one.high is None else f" [{one.low:.2f}, {one.high:.2f}]"
    return f"{one.value:.2f}{interval}"


def _place_rows(figures: list[AgreementFigure]) -> Iterator[tuple[str, ...]]:
    places = {(one.measure, one.tolerance): one for one in figures if one.field == "place"}
    for (measure, tolerance), one in places.items():
        if measure == "F1":
            above = places.get(("F1 above chance", tolerance))
            chance = one.beside.get("chance")
            yield (
                NONE if tolerance is None else str(tolerance),
                show_figure(one),
                f"{chance:.2f}" if isinstance(chance, float) else NONE,
                show_figure(above),
                NONE if one.n is None else str(one.n),
            )


def _beside(figures: list[AgreementFigure]) -> Iterator[str]:
    """What holds of places at no one tolerance."""
    for one in figures:
        if one.measure == "boundary similarity":
            yield f"boundary similarity {show_figure(one)}"
        elif one.measure == "distances":
            yield (
                f"matched by acts later: {one.beside['acts_that_the_second_is_later'] or 'none'}; "
                f"unmatched {one.beside['unmatched_first']} and {one.beside['unmatched_second']}"
            )


def _field_rows(figures: list[AgreementFigure]) -> Iterator[tuple[str, ...]]:
    rows: dict[tuple[str, int | None], dict[str, AgreementFigure]] = {}
    for one in figures:
        if one.field != "place":
            measure = "AC" if one.measure in _CORRECTED else one.measure
            rows.setdefault((one.field, one.tolerance), {})[measure] = one
    for (field, tolerance), found in rows.items():
        raw = found.get("agreement")
        yield (
            field,
            str(tolerance),
            NONE if raw is None or raw.n is None else str(raw.n),
            show_figure(raw),
            show_figure(found.get("alpha")),
            show_figure(found.get("AC")),
        )


def _confusion_rows(one: TypeConfusion) -> Rows:
    """Only the pairs of types that occur: most of the table is empty."""
    rows = tuple(
        (first, second, str(count), "" if first == second else "≠")
        for first, counts in zip(one.types, one.counts, strict=True)
        for second, count in zip(one.types, counts, strict=True)
        if count
    )
    title = f"types, ±{one.tolerance} acts"
    return Rows(title, (one.first, one.second, "points", ""), rows)
