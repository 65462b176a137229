"""Rules about the project itself that no linter checks."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("transcripts", "taste", "annotation_tui", "analysis")
LOCKS = ("run", "dev", "uv")

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
BANNED_NAMES = {"base", "common", "dao", "helpers", "manager", "utils"}

# A scheme, an index option, an absolute path or a host name.
PLACE = re.compile(r"://|--(extra-)?index|find-links|(^|[\s=@])[/~]|\w\.(com|dev|io|net|org)\b")


def source_files(*folders: str) -> Iterator[Path]:
    """Every module but the migrations, which are lists of statements and grow no logic."""
    for folder in folders or (*PACKAGES, "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.parent != ROOT / "taste" / "migrations" / "versions":
                yield path


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def is_docstring_only(path: Path) -> bool:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return len(body) == 1 and ast.get_docstring(ast.Module(body=body, type_ignores=[])) is not None


def locked(name: str) -> dict[str, str]:
    """Every line of a lock that pins a package, by the package's name."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^([a-z0-9._-]+)(==[^\\]+?) *\\?$", text, re.MULTILINE)
    return {f"{package}{pin}": package for package, pin in pins}


def required(specifiers: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ]", specifier)[0] for specifier in specifiers}


def test_no_file_is_two_things() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in source_files()}
    assert {p.name: n for p, n in lengths.items() if n > MAX_FILE_LINES} == {}


def test_no_function_is_two_things() -> None:
    found = (
        (path.name, node.name, lines_of(node))
        for path in source_files()
        for node in functions(path)
    )
    assert [entry for entry in found if entry[-1] > MAX_FUNCTION_LINES] == []


def test_an_init_holds_a_docstring_only() -> None:
    inits = [path for path in source_files(*PACKAGES) if path.name == "__init__.py"]
    assert [str(path) for path in inits if not is_docstring_only(path)] == []


def test_tests_are_not_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {
        part for path in source_files() for part in path.relative_to(ROOT).with_suffix("").parts
    }
    assert names & BANNED_NAMES == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place(lock: str) -> None:
    lines = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if PLACE.search(line)] == []


@pytest.mark.parametrize("lock", ["run", "dev"])
def test_a_lock_covers_what_the_project_requires(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = {"run": "build", "dev": "dev"}
    group = [
        entry for entry in project["dependency-groups"][groups[lock]] if isinstance(entry, str)
    ]
    assert required([*project["project"]["dependencies"], *group]) <= set(locked(lock).values())


def test_both_locks_pin_the_same_run_time_packages() -> None:
    run, dev = ({pin.partition(" ;")[0] for pin in locked(lock)} for lock in ("run", "dev"))
    assert run <= dev


@pytest.mark.parametrize("heading", ["## [Unreleased]", "### Numbers may change"])
def test_the_changelog_has_its_headings(heading: str) -> None:
    assert heading in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
