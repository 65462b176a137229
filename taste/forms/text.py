"""The text of a form: answers first, then `---`, then what is to be read; only answers come back.

YAML of few words: `yes`, `no` and times are texts, nothing refers to anything else, and no key
stands twice.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from transcripts.decoding import BOM
from transcripts.errors import UserError
from transcripts.rendering.text import visible_controls

BREAK = "---"
_MOST_BYTES = 1 << 20
"""Of answers: nobody writes more by hand."""
_BREAKS = re.compile("[\x85\u2028\u2029]")
"""Line breaks to YAML, and to nobody else."""


def render_comment(text: str) -> Iterator[str]:
    """Lines that say how to fill a form in."""
    return (f"# {line}".rstrip() for line in text.splitlines())


def render_value(name: str, value: Any) -> str:
    """One answer as YAML."""
    import yaml

    return str(
        yaml.safe_dump({name: value}, allow_unicode=True, sort_keys=False, width=100)
    ).strip()


def render_text(name: str, text: str) -> Iterator[str]:
    """A long text of a session, line for line; what would not be one line to YAML is made so."""
    plain = _BREAKS.sub(lambda found: f"\\u{ord(found.group()):04x}", visible_controls(text))
    lines = plain.split("\n")
    if plain.strip():
        yield f"  {name}: |2-"
        yield from (f"    {line}" if line else "" for line in lines)
    else:
        yield f"  {name}: ''"


def write_form(file: Path, answers: Iterable[str], reading: Iterable[str]) -> None:
    """Write a new private file.

    Raises:
        UserError: if it is there, or cannot be written.
    """
    import os

    try:
        number = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise UserError(f"{str(file)!r} is there already; name a new file.") from error
    except OSError as error:
        raise UserError(f"cannot write {str(file)!r}: {error.strerror}.") from error
    with open(number, "w", encoding="utf-8", newline="\n") as out:  # noqa: PTH123
        out.writelines(f"{line}\n" for line in (*answers, BREAK))
        out.writelines(f"{line}\n" for line in reading)


def read_answers(file: Path) -> dict[str, Any]:
    """The answers of a form.

    Raises:
        UserError: if the file cannot be read or is no form.
    """
    import yaml

    text = _read_beginning(file)
    try:
        found = yaml.load(text, Loader=_loader())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        why = getattr(error, "problem", None) or str(error).split("\n")[0]
        raise UserError(f"{file.name}{where}: this is not YAML as a form has it: {why}.") from error
    except (RecursionError, ValueError) as error:
        raise UserError(f"{file.name}: this is not YAML as a form has it.") from error
    if not isinstance(found, dict) or "form" not in found:
        raise UserError(f"{file.name!r} is no form; `taste form export` writes one.")
    return found


def _read_beginning(file: Path) -> str:
    """Everything before the line that ends the answers."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES)
    except OSError as error:
        raise UserError(f"cannot read {str(file)!r}: {error.strerror}.") from error
    try:
        # What is cut off in the middle of a character belongs to the reading.
        text = data.removeprefix(BOM).decode("utf-8", errors="strict" if _ends(data) else "ignore")
    except UnicodeDecodeError as error:
        raise UserError(f"{file.name!r} is not UTF-8 text.") from error
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines) if line.rstrip() == BREAK and n), len(lines))
    return "\n".join(lines[:first])


def _ends(data: bytes) -> bool:
    return len(data) < _MOST_BYTES


def _loader() -> Any:
    """A loader that knows texts, whole numbers, true, false and null, and takes no key twice."""
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        yaml_implicit_resolvers: Mapping[str, Any] = {}

        def compose_node(self, parent: Any, index: Any) -> Any:
            event = self.peek_event()
            self._refuse(_event_fault(event), event)
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            known: set[str] = set()
            for key, _ in node.value:
                self._refuse(_key_fault(key, known), key)
                known.add(key.value)
            return super().construct_mapping(node, deep)

        def _refuse(self, why: str | None, at: Any) -> None:
            if why is not None:
                raise yaml.constructor.ConstructorError(None, None, why, at.start_mark)

    tags = {
        "null": (r"^(?:~|null|)$", ["~", "n", ""]),
        "bool": (r"^(?:true|false)$", list("tf")),
        "int": (r"^-?[0-9]{1,18}$", list("-0123456789")),
    }
    for tag, (pattern, first) in tags.items():
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)
    return Loader


def _event_fault(event: Any) -> str | None:
    """What a form does not have, in the beginning of a value."""
    if not hasattr(event, "tag"):
        return "nothing may refer to something else"
    return "no value says of what type it is" if event.tag is not None else None


def _key_fault(key: Any, known: set[str]) -> str | None:
    if key.tag != "tag:yaml.org,2002:str":
        return "a key is a word"
    return f"the key {key.value!r} stands twice" if key.value in known else None
