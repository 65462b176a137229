"""The parts of `benchmarks/calls.py` that run in a process of their own: the bare loop, and ours.

python benchmarks/call_loops.py bare URL TRIALS BYTES CONCURRENCY SHORT_EVERY
python benchmarks/call_loops.py prepare FOLDER ITEMS BYTES
python benchmarks/call_loops.py ours URL FOLDER REPEATS CONCURRENCY
"""

import asyncio
import os
import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import anthropic
import orjson
from anthropic import AsyncAnthropic
from call_meter import metered
from recordings import START, Prose, Recorder, make_prose, session_id
from sqlmodel import func, select

from taste.database import open_database
from taste.planning.estimate import plan_start
from taste.points import TAIL_CHARS
from taste.runs import open_run, run_study
from taste.set_rules import SetRule
from taste.sets import freeze_set
from taste.study import parse_study
from taste.tables import Call
from transcripts.codebook import read_codebook
from transcripts.db import Db
from transcripts.points import read_points, store_points
from transcripts.storing.store import ImportOptions, import_file

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHARS = 1_700
"""Of what the agent says in a turn."""
SEAT = 'endpoint = "canned", price = { input = 3, output = 15 }'
STUDY = """name = "calls"
sets = ["strong"]
repeats = {repeats}
endpoints = [{{ name = "canned", base_url = "{url}", api_key_env = "TASTE_CALLS_KEY" }}]
proposers = [{{ name = "proposer", model = "canned-proposer", {seat} }}]
restater = {{ name = "restater", model = "canned-restater", {seat} }}
judges = [{{ name = "judge", model = "canned-judge", {seat} }}]
controls = {{ arms = [] }}
judging = {{ views = ["full"], forms = ["restated"], provenances = ["blind"], prompts = ["standard"], share_samples = 1, leak_check = false }}
probes = {{ kinds = [] }}
limits = {{ budget_usd = 1000000, concurrency = {concurrency} }}
"""  # noqa: E501 - TOML has its lines
LABEL = {
    "kind": "strong",
    "type": "challenge",
    "attribution": "human",
    "knowable": "yes",
    "initiator": "human",
    "human_move_source": "recorded",
    "confidence": 5,
    "hidden_context": False,
    "basis": "this_session",
    "rationale": "Asks for a check that the agent left out.",
    "codebook": "1.0",
    "annotator": "benchmark",
}


async def _bare(url: str, trials: int, size: int, concurrency: int, short_every: int) -> None:
    """Ask twice a trial through the SDK, and keep nothing; some prompts are no more than a tail."""
    line = "the loss of the held-out split moved again and nobody knows why; "
    text = (line * (size // len(line) + 1))[:size]
    free, number_of_call = asyncio.Semaphore(concurrency), count()
    async with AsyncAnthropic(api_key="canned-key", base_url=url) as sdk:

        async def ask(question: str) -> str:
            short = short_every and next(number_of_call) % short_every == 0
            shown = text[:TAIL_CHARS] if short else text
            content = [{"type": "text", "text": shown}, {"type": "text", "text": question}]
            async with free:
                got = await sdk.messages.create(
                    model="canned-model", max_tokens=1024,
                    messages=[{"role": "user", "content": content}],  # type: ignore[typeddict-item]
                )  # fmt: skip
            return got.content[0].text  # type: ignore[union-attr]

        async def trial(number: int) -> str:
            return await ask(f"Compare {number} with: {await ask(f'Propose {number}.')}")

        told = {"calls": trials * 2, "version": anthropic.__version__}
        with metered(told):
            await asyncio.gather(*(trial(number) for number in range(trials)))


@dataclass(slots=True)
class Talk(Recorder):
    """A session in which a person asks and the agent answers, turn by turn."""

    def exchange(self, said: str, answered: str) -> list[str]:
        """Record one turn; return the ids of its two events."""
        self._user(said)
        asked = str(self.parent)
        self._respond({"type": "text", "text": answered})
        return [asked, str(self.parent)]

    def about(self, chars: int) -> str:
        """Some prose."""
        return self._words(chars, chars)


def _session(folder: Path, number: int, size: int, prose: Prose) -> bytes:
    """Write a session whose prefix at its last turn but one has about `size` characters."""
    talk = Talk(random.Random(number), prose, session_id(number), START)
    ids: list[str] = []
    for turn in range(max(2, size // (CHARS + 400))):
        ids += talk.exchange(f"Turn {turn}: {talk.about(300)}", talk.about(CHARS))
    before, after = talk.exchange("Check the held-out split first.", talk.about(CHARS))
    talk.exchange("Thanks, that was it.", "Noted.")
    file = folder / f"{session_id(number)}.jsonl"
    file.write_bytes(b"".join(talk.out))
    evidence = {"evidence_knowable": ids[-2:], "evidence_harm": [after]}
    point = {"session": session_id(number), "before": before, **LABEL, **evidence}
    return orjson.dumps(point, option=orjson.OPT_APPEND_NEWLINE)


def prepare(folder: Path, items: int, size: int) -> None:
    """Write sessions, import them, store a point of each and freeze the set."""
    prose = make_prose(1)
    points = folder / "points.jsonl"
    points.write_bytes(b"".join(_session(folder, n, size, prose) for n in range(items)))
    engine = open_database(str(folder / "calls.db"))
    with Db(engine) as db:
        for file in sorted(folder.glob("*-*.jsonl")):
            import_file(db, file, ImportOptions(), NOW)
        stored = store_points(db, read_points(points, read_codebook()), None, NOW, partial=False)
        assert not stored.refused, stored.refused[:3]
        assert freeze_set(db, SetRule("strong", "strong", "one"), NOW).items == items
        db.commit()
    engine.dispose()


async def _ours(url: str, folder: Path, repeats: int, concurrency: int) -> None:
    """Run the study: a proposal, its restatement and a verdict in either order, every one a row."""
    os.environ.setdefault("TASTE_CALLS_KEY", "canned-key")
    text = STUDY.format(url=url, repeats=repeats, concurrency=concurrency, seat=SEAT)
    study = parse_study(text, "calls.toml")
    engine = open_database(str(folder / "calls.db"))
    with Db(engine, expire_on_commit=False) as db:
        run = await open_run(db, study, text, NOW)
        _, ttls = plan_start(db, run, study, None)
        told: dict[str, object] = {}
        with metered(told):
            result = await run_study(db, study, run, lambda: NOW, None, lambda _: None, ttls=ttls)
            told |= {"calls": result.answered, "trials": result.done, "stopped": result.stopped}
        assert db.exec(select(func.count()).select_from(Call)).one() == result.answered
    engine.dispose()


def main() -> None:
    """Run one part."""
    part, where, *words = sys.argv[1:]
    if part == "bare":
        asyncio.run(_bare(where, *(int(word) for word in words)))
    elif part == "prepare":
        prepare(Path(where), *(int(word) for word in words))
    else:
        folder, *numbers = words
        asyncio.run(_ours(where, Path(folder), *(int(word) for word in numbers)))


if __name__ == "__main__":
    main()
