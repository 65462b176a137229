"""The file of a bundle: a zip of line files, each with its sha256 in the head. No database."""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from transcripts.errors import UserError

HEAD_NAME = "bundle.json"
FORMAT = 1
_MOST_HEAD = 1 << 20
"""Bytes of a head: it lists members and their hashes."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Of every member: the same rows give the same bytes."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A bundle whose members have been held against their hashes."""

    file: Path
    head: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """`full`: all rows with their texts; `numbers-only`: no text."""
        return str(self.head.get("kind"))

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a member; none where there is no such member."""
        if name not in self.head["members"]:
            return
        with zipfile.ZipFile(self.file) as opened, opened.open(name) as member:
            for line in member:
                yield line.rstrip(b"\n")


def write_archive(
    file: Path, head: Mapping[str, Any], members: Mapping[str, Iterable[bytes]]
) -> str:
    """Write a bundle under another name and move it into place; its sha256.

    Raises:
        UserError: if the file cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as out:
            hashes = {name: _write_member(out, name, lines) for name, lines in members.items()}
            told = {**head, "format": FORMAT, "members": hashes}
            out.writestr(_info(HEAD_NAME), orjson.dumps(told, option=orjson.OPT_SORT_KEYS))
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(f"cannot write {str(file)!r}: {error.strerror}.") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    with file.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()


def read_archive(file: Path, most_bytes: int | None = None) -> Archive:
    """Open a bundle and hold every member against its hash; no more than `most_bytes` unpacked.

    Raises:
        UserError: if it is no bundle, of a later format, or not as it was written.
    """
    try:
        with zipfile.ZipFile(file) as opened:
            _check_sizes(opened, file, most_bytes)
            head = _read_head(opened, file)
            names = set(opened.namelist()) - {HEAD_NAME}
            if names != set(head["members"]):
                raise UserError(f"the bundle {file.name!r} lacks a member or has one too many.")
            for name, wanted in head["members"].items():
                if _hash_member(opened, name) != wanted:
                    raise UserError(
                        f"the bundle {file.name!r} was changed or damaged: {name!r} is not as it "
                        "was written. Ask for it again."
                    )
    except OSError as error:
        raise UserError(f"cannot read {str(file)!r}: {error.strerror or error}.") from error
    except (
        zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, ValueError,
        NotImplementedError, RuntimeError,
    ) as error:  # fmt: skip
        raise UserError(f"{file.name!r} is no bundle, or a damaged one ({error}).") from error
    return Archive(file, head)


def _check_sizes(opened: zipfile.ZipFile, file: Path, most_bytes: int | None) -> None:
    """Before anything is unpacked: no name twice, and nothing that would fill the memory."""
    infos = opened.infolist()
    if len({info.filename for info in infos}) != len(infos):
        raise UserError(f"the bundle {file.name!r} holds a member twice.")
    head = sum(info.file_size for info in infos if info.filename == HEAD_NAME)
    if head > _MOST_HEAD or (most_bytes and sum(i.file_size for i in infos) > most_bytes):
        raise UserError(f"the bundle {file.name!r} is too large when unpacked; it was not read.")


def _read_head(opened: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    if HEAD_NAME not in opened.namelist():
        raise UserError(f"{file.name!r} is no bundle: it has no {HEAD_NAME}.")
    head = orjson.loads(opened.read(HEAD_NAME))
    if not isinstance(head, dict) or not isinstance(head.get("members"), dict):
        raise UserError(f"{file.name!r} is no bundle: its {HEAD_NAME} does not list its members.")
    if head.get("format") != FORMAT:
        raise UserError(
            f"the bundle {file.name!r} has the format {head.get('format')!r}; this version of "
            f"taste reads {FORMAT}. Use the version that wrote it."
        )
    return head


def _write_member(out: zipfile.ZipFile, name: str, lines: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    with out.open(_info(name), "w", force_zip64=True) as member:
        for line in lines:
            found.update(line + b"\n")
            member.write(line + b"\n")
    return found.hexdigest()


def _hash_member(opened: zipfile.ZipFile, name: str) -> str:
    with opened.open(name) as member:
        found = hashlib.sha256()
        while block := member.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info
