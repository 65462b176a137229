"""An Inspect log as a file: how it is told, checked, and opened through `inspect_ai.log` only."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

import orjson

from transcripts.decoding import BOM, parse_object
from transcripts.errors import UserError
from transcripts.formats.documents import HEAD_LINE
from transcripts.formats.inspect_log.archive import check_archive
from transcripts.formats.inspect_log.reader import NAME, SessionReader
from transcripts.formats.inspect_log.sample_lines import Json, sample_lines
from transcripts.formats.lines import Line
from transcripts.formats.reading import Format, Head, Recording

_LIMIT = 512 << 20
"""Bytes beyond which a log that is one JSON document is not read: it is held as a whole."""
_DOCUMENT = re.compile(rb'\s*\{\s*"version"\s*:\s*\d+\s*,\s*"status"\s*:\s*"\w+"\s*,\s*"eval"\s*:')
_LOCAL = b"PK\x03\x04"
_NAMES = (b"header.json", b"_journal/", b"samples/", b"summaries.json", b"reductions.json")
_NAME_AT = 30
_SAMPLE = re.compile(r"samples/(.+)_epoch_(\d{1,9})(?:\.json|/sample\.json)", re.DOTALL)
_REASON = 300
"""How much of another program's message is passed on."""


def _recognise(head: Head) -> bool:
    """An archive that begins with a member of a log, or a document that begins as one."""
    if head.start.startswith(_LOCAL):
        return head.start[_NAME_AT:].startswith(_NAMES)
    return _DOCUMENT.match(head.start.removeprefix(BOM)) is not None


@contextmanager
def _open(path: Path) -> Iterator[Iterable[Recording]]:
    _check_installed(path)
    with path.open("rb") as stream:
        packed = stream.read(len(_LOCAL)) == _LOCAL
    yield _packed_recordings(path) if packed else _document_recordings(path)


def _check_installed(path: Path) -> None:
    try:
        import inspect_ai.log  # noqa: F401
    except ImportError as error:
        reason = "is an Inspect log; install taste[inspect] to read it"
        raise UserError(f"{path.name!r} {reason} ({error}).") from error


def _packed_recordings(path: Path) -> Iterator[Recording]:
    """The samples of an `.eval` archive, which is checked now, each read when it is asked for."""
    members = check_archive(path)
    return _packed_samples(path, members, _read_log(path, "eval", header_only=True))


def _packed_samples(path: Path, members: list[str], log: Any) -> Iterator[Recording]:
    from inspect_ai.log import read_eval_log_sample

    for member in members:
        if found := _SAMPLE.fullmatch(member):
            id_, epoch = found.group(1), int(found.group(2))
            read = partial(
                read_eval_log_sample, str(path.resolve()), id_, epoch,
                resolve_attachments="core", format="eval",
            )  # fmt: skip
            yield _recording(path, log, (id_, epoch), read)


def _document_recordings(path: Path) -> Iterator[Recording]:
    """The samples of a log that is one JSON document, which is held while they are read."""
    if path.stat().st_size > _LIMIT:
        reason = f"is larger than {_LIMIT} bytes; convert it with 'inspect log convert --to eval'"
        raise UserError(f"{path.name!r} {reason}.")
    return _document_samples(path, _read_log(path, "json", header_only=False))


def _document_samples(path: Path, log: Any) -> Iterator[Recording]:
    samples = log.samples or []
    while samples:
        sample = samples.pop(0)
        yield _recording(path, log, (str(sample.id), sample.epoch), partial(_itself, sample))


def _itself(sample: Any) -> Any:
    return sample


def _read_log(path: Path, form: Literal["eval", "json"], *, header_only: bool) -> Any:
    from inspect_ai.log import read_eval_log

    return _guarded(
        repr(path.name),
        lambda: read_eval_log(
            str(path.resolve()), header_only, resolve_attachments="core", format=form
        ),
    )


def _guarded(name: str, read: Callable[[], Any]) -> Any:
    """What another program makes of a file that anyone may have written.

    It is asked in a thread: in the main one, `asyncio` prints the whole result in order to look at
    a signal handler, which takes time and memory by the square of a sample's length.

    Raises:
        UserError: whatever goes wrong in there.
    """
    try:
        with ThreadPoolExecutor(max_workers=1) as aside:
            return aside.submit(read).result()
    except Exception as error:
        reason = " ".join(str(error).split())[:_REASON] or type(error).__name__
        raise UserError(f"{name} cannot be read as an Inspect log: {reason}.") from error


def _recording(path: Path, log: Any, place: tuple[str, int], read: Callable[[], Any]) -> Recording:
    sample, epoch = place
    name = f"{path.name}, sample {sample!r}, epoch {epoch}"
    return Recording(name, f"{path.stem}:{sample}:{epoch}", _lines(_log_facts(log), name, read))


def _log_facts(log: Any) -> Json:
    """What identifies a log: nothing of how it ended."""
    return {
        "log": log.eval.eval_id or None,
        "task": log.eval.task,
        "model": log.eval.model,
        "created": str(log.eval.created),
        "inspect": log.eval.packages.get("inspect_ai"),
    }


def _lines(facts: Json, name: str, read: Callable[[], Any]) -> Iterator[Line]:
    """The lines of a sample, numbered from its head, with offsets as if they were a file."""
    sample = _guarded(repr(name), read)
    offset = 0
    for number, value in enumerate(sample_lines(sample, facts, repr(name)), HEAD_LINE):
        raw = _dump(value, name)
        yield Line(number, offset, raw, _parse(raw, name), False)
        offset += len(raw) + 1


def _dump(value: Json, name: str) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # large numbers and deep nesting, which Python can write
        try:
            return json.dumps(value).encode()
        except (RecursionError, ValueError, TypeError) as error:
            raise UserError(f"{name!r} cannot be written as lines: {error}.") from error


def _parse(raw: bytes, name: str) -> Json:
    """The line as it will be read from the store."""
    try:
        value: Json = parse_object(raw)
    except ValueError as error:
        raise UserError(f"{name!r} cannot be written as lines: {error}.") from error
    return value


FORMAT = Format(NAME, _recognise, _open, SessionReader)
