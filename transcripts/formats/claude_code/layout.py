"""What stands beside a recording on disk, and which files there are no recordings at all.

Nothing read here is ever shown: it places a subagent's file, and that is all.
"""

import stat
from pathlib import Path

from transcripts.decoding import clean, parse_object
from transcripts.formats.heads import first_object
from transcripts.formats.reading import Head

_META = ".meta.json"
_META_BYTES = 1 << 16
_META_KEYS = ("agentType", "toolUseId", "parentAgentId")
_LEDGER_TYPES = frozenset({"launched", "started", "result"})


def recognise(head: Head) -> bool:
    """Any file that may hold lines of JSON objects, but for a workflow's ledger."""
    if head.start.lstrip().startswith((b"[", b"PK")):
        return False
    return not _is_ledger(head.start)


def _is_ledger(start: bytes) -> bool:
    """Whether it is the `journal.jsonl` of a workflow: which agents began and what they gave."""
    first = first_object(start)
    return first.get("type") in _LEDGER_TYPES and not first.keys() & {"uuid", "sessionId"}


def read_facts(path: Path) -> dict[str, str]:
    """How a subagent's file is placed: its folder, and the meta file beside it, if readable."""
    facts = {"layout": "workflow"} if path.parent.parent.name == "workflows" else {}
    meta = _read_meta(path.with_name(path.stem + _META))
    for key in _META_KEYS:
        if isinstance(meta.get(key), str):
            facts[key] = clean(str(meta[key]))
    return facts


def _read_meta(path: Path) -> dict[str, object]:
    """The meta file's object; empty if there is none that can be read."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return {}
        with path.open("rb") as stream:
            found = parse_object(stream.read(_META_BYTES))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
