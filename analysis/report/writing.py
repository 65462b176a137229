"""Writes the report of a run: reads the database once, then everything is pure."""

from pathlib import Path
from typing import Literal

from analysis.report.contents import build_report
from analysis.report.material import read_material
from analysis.report.page import render_html
from analysis.report.plain import render_json, render_markdown
from taste.tables import Run
from transcripts.db import Db

Format = Literal["html", "json", "md"]


def write_report(db: Db, run: Run | None, out: Path, *, format: Format = "html") -> Path:  # noqa: A002
    """Writes a report to one file; the same rows give the same bytes.

    Args:
        db: holds the run.
        run: what to report; without one the page says that nothing has been run.
        out: the file; it is replaced.
        format: HTML to read, JSON to compute with, Markdown to paste.

    Raises:
        UserError: the study that is stored with the run is not valid any more.
    """
    report = build_report(read_material(db, run) if run is not None else None)
    renderers = {"html": render_html, "json": render_json, "md": render_markdown}
    # A transcript may hold half a surrogate pair, which no encoding takes.
    out.write_bytes(renderers[format](report).encode("utf-8", "backslashreplace"))
    return out
