"""Options by which a command replaces secrets and names, and the redactors that they make."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from transcripts.redaction.redactor import Redactor

RedactOption = Annotated[
    bool, typer.Option("--redact/--no-redact", help="Replace secrets by placeholders.")
]
PseudonymiseOption = Annotated[
    bool, typer.Option("--pseudonymise", help="Replace names of people, too.")
]
DetectorOption = Annotated[
    bool,
    typer.Option("--detector", help="Also ask a maintained detector (pip install '.[secrets]')."),
]


def choose_redactor(*, secrets: bool, people: bool, detector: bool) -> "Callable[[], Redactor]":
    """Makes redactors; the key of the pseudonyms is kept beside the user's other settings.

    Raises:
        UserError: if the detector is asked for and not installed.
    """
    from transcripts.redaction.pseudonyms import Pseudonyms, pseudonym_key
    from transcripts.redaction.redactor import make_redactor

    if not people:
        return partial(make_redactor, secrets=secrets, detector=detector)
    given = os.environ.get("XDG_CONFIG_HOME")
    folder = (Path(given) if given else Path.home() / ".config") / "taste"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = Pseudonyms(pseudonym_key(folder / "pseudonym.key"))
    return partial(make_redactor, secrets=secrets, pseudonyms=names, detector=detector)
