"""The page: self-contained, hostile text stays text, every link has a place to go."""

import re
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import update

from analysis.report.writing import write_report
from taste.tables import Call, Proposal, Restatement, Run, Verdict
from transcripts.db import Db
from transcripts.tables import Annotation, Event, Session

pytestmark = pytest.mark.no_cover

HOSTILE = (
    "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"
    "</pre></details><style>*{display:none}</style>\x1b[2J\x1b[31mred \u202egnp.exe\u202c "
    "\u2066isolated\u2069 \u200bzero{{ 7 * 7 }}{% raw %} &amp; ]]> \x00\x07"
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--window-size=1100,1600",
)  # fmt: skip

Browse = Callable[..., str]


class Elements(HTMLParser):
    """What a page is made of: tags, ids, targets of links, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []
        self.loaded += [found["src"] or ""] if "src" in found else []
        self.handlers += [name for name in found if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def page(still_world: Db, still_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the small world."""
    return write_report(still_world, still_run, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture
def hostile_page(world: Db, run: Run, tmp_path: Path) -> Path:
    """The report of a run in which every text is out to do harm."""
    world.exec(update(Event).values(text=HOSTILE, tool=HOSTILE))
    world.exec(update(Session).values(external_id=HOSTILE + Session.external_id))
    world.exec(update(Annotation).values(rationale=HOSTILE, better_move=HOSTILE))
    world.exec(update(Proposal).values(move=HOSTILE, why=HOSTILE, wrong_if=HOSTILE))
    world.exec(update(Restatement).values(move=HOSTILE, verbatim=HOSTILE))
    world.exec(update(Verdict).values(reasoning=HOSTILE, reason=HOSTILE))
    world.exec(update(Call).values(raw_reply=HOSTILE, model_returned=HOSTILE, request_id=HOSTILE))
    return write_report(world, run, tmp_path / "hostile.html")


@pytest.fixture
def browse(chromium: Path, tmp_path: Path) -> Browse:
    """Open a file in a real browser with a fresh profile; return what it printed."""

    def run_browser(page: Path, *flags: str) -> str:
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [str(chromium), *FLAGS, profile, *flags, page.as_uri()]
        done = subprocess.run(command, capture_output=True, check=True, timeout=120)
        return done.stdout.decode()

    return run_browser


def test_the_page_loads_nothing_and_runs_nothing(page: Path) -> None:
    text = page.read_text()
    found = Elements(text)
    assert not found.tags & {"script", "img", "link", "iframe", "object", "base", "form"}
    assert not found.loaded
    assert not found.handlers
    assert all(link.startswith("#") for link in found.links)
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_every_link_leads_to_a_place_on_the_page(page: Path) -> None:
    found = Elements(page.read_text())
    assert len(set(found.ids)) == len(found.ids)
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)


def test_every_section_says_that_it_is_simulated(page: Path) -> None:
    headings = re.findall(r"<h2 .*?</h2>", page.read_text())
    assert len(headings) == 7
    assert all("SIMULATED" in heading for heading in headings)
    assert "<title>SIMULATED: " in page.read_text()


def test_the_headline_stands_in_the_page_word_for_word(page: Path) -> None:
    text = Elements(page.read_text()).text.replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(r"On 12 detours in \d sessions simulated-late's move won \d+ %, tied", text)


def test_every_shown_text_is_carried_once(page: Path) -> None:
    text = page.read_text()
    hashes = re.findall(r"sha256 <code>([0-9a-f]{64})</code>", text)
    assert len(hashes) == len(set(hashes)) == 21


def test_hostile_text_makes_no_element(page: Path, hostile_page: Path) -> None:
    plain, hostile = Elements(page.read_text()), Elements(hostile_page.read_text())
    assert hostile.tags == plain.tags
    assert set(hostile.ids) <= set(plain.ids)
    assert not hostile.handlers


def test_invisible_characters_are_made_visible(hostile_page: Path) -> None:
    text = hostile_page.read_text()
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f]", text
    )
    assert r"\u001b[2J\u001b[31mred \u202egnp.exe\u202c" in text
    assert "{{ 7 * 7 }}" in text


@pytest.mark.needs("chromium")
def test_hostile_text_is_only_text_in_a_browser(hostile_page: Path, browse: Browse) -> None:
    found = Elements(browse(hostile_page, "--dump-dom"))
    assert not found.tags & {"script", "img"}
    assert "pwned" in found.text
    title = re.search(r"<title>(.*?)</title>", browse(hostile_page, "--dump-dom"))
    assert title is not None
    assert title.group(1) == "SIMULATED: simulated-1, run 1"


@pytest.mark.needs("chromium")
def test_a_browser_draws_the_page(page: Path, browse: Browse, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    browse(page, f"--screenshot={picture}")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 50_000
