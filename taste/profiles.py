"""Endpoints that a user keeps in a file of their own, for every study.

A study that names one gets its text added, so that what is stored of the study is whole.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from taste.seats import Endpoint
from transcripts.errors import UserError

FILE = "endpoints.toml"
_SEATS = ("proposers", "judges")
_SEAT = ("restater", "digester", "prober")


def read_profiles(file: Path) -> dict[str, Endpoint]:
    """The endpoints of a user's file by name; none where there is no such file.

    Raises:
        UserError: naming the file and what is wrong with it.
    """
    try:
        stated = tomllib.loads(file.read_text(encoding="utf-8"))
        if set(stated) - {"endpoints"}:
            raise TypeError("a key other than [[endpoints]]")
        found = [Endpoint.model_validate(each) for each in stated.get("endpoints", [])]
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the endpoints in {str(file)!r}: {error}") from error
    except (tomllib.TOMLDecodeError, ValidationError, TypeError) as error:
        fault = "; ".join(str(error).splitlines()[:3])
        raise UserError(f"{str(file)!r} is no list of [[endpoints]]: {fault}") from error
    names = [each.name for each in found]
    if len(set(names)) < len(names):
        raise UserError(f"{str(file)!r} names an endpoint twice: {', '.join(names)}")
    return dict(zip(names, found, strict=True))


def add_profiles(text: str, profiles: dict[str, Endpoint]) -> str:
    """A study's text with the endpoints that it names and does not state itself.

    What is no study is left as it is, for the study's own check to say so.
    """
    try:
        study = tomllib.loads(text)
        named = _named(study)
        stated = {each.get("name") for each in study.get("endpoints", [])}
    except (tomllib.TOMLDecodeError, TypeError, AttributeError):
        return text
    missing = [name for name in sorted(named - stated) if name in profiles]
    if not missing:
        return text
    added = [profiles[name] for name in missing]
    if not stated and "anthropic" in named - set(missing):
        added.append(Endpoint(name="anthropic"))
    return "\n".join([text.rstrip("\n"), *map(_render, added)]) + "\n"


def _named(study: dict[str, Any]) -> set[str]:
    seats = [each for key in _SEATS for each in study.get(key, [])]
    seats += [study[key] for key in _SEAT if key in study]
    return {str(each.get("endpoint", "anthropic")) for each in seats}


def _render(endpoint: Endpoint) -> str:
    stated = endpoint.model_dump(mode="json", exclude_defaults=True)
    tables = {key: value for key, value in stated.items() if isinstance(value, dict)}
    lines = ["", "[[endpoints]]"]
    lines += [f"{key} = {_value(stated[key])}" for key in stated if key not in tables]
    for key, table in tables.items():
        lines.append(f"[endpoints.{key}]")
        lines += [f"{json.dumps(name)} = {_value(each)}" for name, each in table.items()]
    return "\n".join(lines)


def _value(value: str | bool) -> str:
    """A TOML value; a basic string of TOML is written as one of JSON."""
    return json.dumps(value)
