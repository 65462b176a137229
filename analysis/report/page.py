"""Renders a report as one self-contained HTML page: no script, no network, no font, no image.

Text of sessions and models stays text: everything is escaped, and control and direction
characters are made visible, by the environment rather than by each line of the template.
"""

import base64
import hashlib
import re
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from analysis.figures.findings import OWN_FAMILY
from analysis.report.cells import HEADER
from analysis.report.contents import NO_RUN_WHY, SIMULATED, SIMULATED_WHY, Report, RunReport
from analysis.report.doubts import REDRAW
from analysis.report.picture import render_rates
from analysis.report.statistics import describe_plan, statistics_tables
from analysis.report.views import build_views
from analysis.report.words import count_items, name_owners, percent, percent1, signed1, span1
from transcripts.rendering.text import visible_controls

_STRONG = re.compile(r"win rate \d+ %")


def render_html(report: Report) -> str:
    """Returns the page; the same report gives the same text."""
    style = _read("report.css")
    run = report.run
    values: dict[str, Any] = {
        "report": report,
        "style": Markup(style),
        "style_hash": _style_hash(style),
        "SIMULATED": SIMULATED,
        "SIMULATED_WHY": SIMULATED_WHY,
        "NO_RUN_WHY": NO_RUN_WHY,
        "REDRAW": REDRAW,
        "OWN_FAMILY": OWN_FAMILY,
        **(_run_values(run) if run else {}),
    }
    text = _environment().from_string(_read("report.html")).render(values)
    return f"{text.strip()}\n"


def _run_values(run: RunReport) -> dict[str, Any]:
    return {
        "owners": name_owners(run.results.sets),
        "picture": Markup(render_rates(run.results)),
        "sentences": [
            _emphasise(sentence, model)
            for sentence, model in zip(run.sentences, run.results.models, strict=True)
        ],
        "views": build_views(run),
        "statistics": tuple(statistics_tables(run.figures)),
        "statistics_header": HEADER,
        "plan": describe_plan(run.figures),
    }


def _emphasise(sentence: str, model: str) -> Markup:
    """Returns the sentence with the model and its win rate in bold, and no break before %."""
    text = str(escape(visible_controls(sentence)))
    name = str(escape(visible_controls(model)))
    text = text.replace(name, f"<b>{name}</b>", 1)
    text = _STRONG.sub(lambda found: f"<b>{found.group()}</b>", text)
    return Markup(text.replace(" %", "\u00a0%"))


def _environment() -> Environment:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_finalize, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(
        percent=percent, percent1=percent1, signed1=signed1, span1=span1, items=count_items,
        thousands=_thousands, usd=_usd,
    )  # fmt: skip
    return environment


def _finalize(value: Any) -> Any:
    """Makes invisible characters visible in whatever the template prints."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible_controls(value)
    return value


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def _usd(cost: float) -> str:
    return f"{cost:,.2f} USD"


def _style_hash(style: str) -> str:
    digest = hashlib.sha256(style.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _read(name: str) -> str:
    return files("analysis.report").joinpath("templates", name).read_text(encoding="utf-8")
