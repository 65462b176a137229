"""Commands that find what to look at: search, screen, sample, candidates."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from taste.cli.shared import DbOption, JsonOption, now, opened, safe, say, write_json, write_table
from transcripts.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from transcripts.db import Db
    from transcripts.tables import Draw

SessionOption = Annotated[
    str | None, typer.Option(help="Only this session with its parts and subagents.")
]


def search(  # noqa: PLR0913
    context: typer.Context,
    *,
    query: Annotated[str, typer.Argument(help='Words or "phrases"; an event holds them all.')],
    session: SessionOption = None,
    kind: Annotated[
        str | None, typer.Option(help="Only events of this kind: human, agent, result, …")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many events.")] = 20,
    raw: Annotated[
        bool, typer.Option("--raw", help="Take the query as the index's own syntax (FTS5).")
    ] = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Find events by what was said in them, best first."""
    from transcripts.hits import Query
    from transcripts.records import EventKind
    from transcripts.search import quote_words, text_index, update_index

    if kind is not None and kind not in set(EventKind):
        raise UserError(f"--kind {kind!r} is not one of {', '.join(EventKind)}.")
    with opened(db, context) as handle:
        update_index(handle)
        among = _row_numbers(handle, session)
        words = query if raw else quote_words(query)
        hits = text_index(handle).find(handle, Query(words, kind, among, limit))
    if json_:
        for hit in hits:
            write_json(hit)
        return
    for hit in hits:
        typer.echo(f"{safe(hit.session)}  {hit.position:6}  {safe(hit.event)}  {hit.kind}")
        typer.echo(f"    {safe(hit.snippet)}")


def _row_numbers(db: "Db", session: str | None) -> tuple[int, ...] | None:
    """Row numbers of a session with its parts and subagents; none where none is named."""
    from transcripts.queries import find_family, get_session

    if session is None:
        return None
    return tuple(one.id or 0 for one in find_family(db, get_session(db, session)))


def screen(  # noqa: PLR0913
    context: typer.Context,
    *,
    session: Annotated[
        str | None, typer.Argument(help="External id, or a unique beginning of it.")
    ] = None,
    open_ended: Annotated[
        Literal["yes", "partly", "no"] | None,
        typer.Option(help="Whether it is an open-ended investigation."),
    ] = None,
    outcome: Annotated[
        Literal["visible", "hidden"] | None,
        typer.Option(help="Whether the session shows how it came out."),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="What that rests on, in a sentence.")] = None,
    annotator: Annotated[str | None, typer.Option(help="Your name.")] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="List what was found of each session.")
    ] = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Say of a session whether it is open-ended and shows its outcome: its stratum in samples."""
    if list_ and session is None:
        _list_screened(db, context, json_=json_)
        return
    if not (session and open_ended and outcome and reason and annotator):
        raise UserError(
            "give a session, --open-ended, --outcome, --reason and --annotator; or --list alone."
        )
    from transcripts.finding.screening import Finding, stratum_of
    from transcripts.finding.screening import screen as store
    from transcripts.queries import get_session

    with opened(db, context) as handle:
        found = get_session(handle, session)
        finding = Finding(open_ended, outcome == "visible", reason)
        stratum = stratum_of(store(handle, found, finding, annotator, now()))
    if json_:
        write_json({"session": found.external_id, "stratum": stratum})
    else:
        typer.echo(f"{safe(found.external_id)} is in the stratum {stratum}")


def _list_screened(db: str | None, context: typer.Context, *, json_: bool) -> None:
    from transcripts.finding.screening import list_screened

    with opened(db, context) as handle:
        rows = list_screened(handle)
    if json_:
        for row in rows:
            write_json(row)
        return
    header = ("session", "stratum", "annotator", "reason")
    write_table(header, ((r.session, r.stratum, r.annotator, r.reason) for r in rows))


def sample(  # noqa: PLR0913
    context: typer.Context,
    *,
    random: Annotated[
        int, typer.Option("--random", min=1, metavar="N", help="How many points to draw.")
    ],
    seed: Annotated[int, typer.Option(help="Decides which; the same seed draws the same.")],
    per_session: Annotated[
        int | None, typer.Option(min=1, help="Most points of a session with its copies.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the sample; else one made of seed and design.")
    ] = None,
    strata: Annotated[
        bool, typer.Option("--strata", help="Equal shares of every stratum of `taste screen`.")
    ] = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Draw random decision points for a random set, each with its probability of being drawn."""
    from transcripts.finding.drawing import Design
    from transcripts.finding.sampling import store_sample

    cap = "" if per_session is None else f"-most-{per_session}"
    default = f"random-{seed}{cap}{'-strata' if strata else ''}"
    design = Design(_name(name, default), random, seed, per_session, strata)
    with opened(db, context) as handle:
        drawn = store_sample(handle, design, now())
        rows = _places(handle, drawn.draws)
        _say_left_out(handle)
    if json_:
        for draw, session, before in rows:
            write_json(
                {
                    "sample": draw.name, "number": draw.number, "session": session,
                    "before": before, "stratum": draw.stratum, "probability": draw.probability,
                }
            )  # fmt: skip
        return
    typer.echo(f"{design.name}: {len(rows)} points{'' if drawn.created else ', drawn before'}")
    header = ("", "session", "before", "stratum", "probability")
    write_table(header, ((d.number, s, b, d.stratum, f"{d.probability:.4g}") for d, s, b in rows))


def _say_left_out(db: "Db") -> None:
    """Say how many sessions no point was taken from, and why."""
    from transcripts.finding.sampling import count_left_out

    for reason, count in count_left_out(db, now()).items():
        say(f"{count} sessions were left out: {reason}.")


def _name(given: str | None, default: str) -> str:
    import re

    from taste.seats import NAME

    name = default if given is None else given
    if not re.fullmatch(NAME, name):
        raise UserError(
            f"{name!r} cannot name a sample: use letters, digits, '.', '_' and '-', at most 64."
        )
    return name


def _places(db: "Db", draws: "Iterable[Draw]") -> list[tuple["Draw", str, str]]:
    """Session and first event of drawn points."""
    from transcripts.tables import DecisionPoint, Session

    points = [(draw, db.get_one(DecisionPoint, draw.decision_point_id)) for draw in draws]
    return [
        (draw, db.get_one(Session, point.session_id).external_id, point.before)
        for draw, point in points
    ]


def candidates(  # noqa: PLR0913
    context: typer.Context,
    *,
    session: Annotated[str | None, typer.Argument(help="Only this session; else all.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    hand_out: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Mix the N best with N random points, unmarked."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Decides draw and order of a list.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the list; else hand-out-SEED.")] = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """List likely decision points by cheap signs, or make an unmarked list to hand out."""
    if hand_out is not None:
        if seed is None:
            raise UserError("a list to hand out needs a --seed, so that it can be made again.")
        list_name = _name(name, f"hand-out-{seed}")
        _hand_out(db, context, session, (list_name, hand_out, seed), json_=json_)
        return
    from transcripts.finding.candidates import find_candidates

    with opened(db, context) as handle:
        found = find_candidates(handle, now(), _row_numbers(handle, session))[:limit]
        _say_left_out(handle)
    rows = [(one.place.session, one.place.before, one.score, one.reason) for one in found]
    header = ("session", "before", "score", "reason")
    if json_:
        for row in rows:
            write_json(dict(zip(header, row, strict=True)))
        return
    write_table(header, rows)


def _hand_out(
    db: str | None,
    context: typer.Context,
    session: str | None,
    what: tuple[str, int, int],
    *,
    json_: bool,
) -> None:
    """Print a list that says of no point why it is in it."""
    from transcripts.finding.candidates import hand_out

    with opened(db, context) as handle:
        among = _row_numbers(handle, session)
        rows = _places(handle, hand_out(handle, *what, now(), among).draws)
        _say_left_out(handle)
    if json_:
        for draw, external_id, before in rows:
            write_json({"number": draw.number, "session": external_id, "before": before})
        return
    header = ("", "session", "before")
    write_table(header, ((draw.number, *place) for draw, *place in rows))
