"""`taste --help` answers at once: the heavy packages wait until a command needs them."""

import json
import subprocess
import sys

import pytest

HEAVY = frozenset(
    {
        "alembic",
        "anthropic",
        "numpy",
        "pandas",
        "scipy",
        "sqlalchemy",
        "sqlmodel",
        "statsmodels",
        "textual",
    }
)

# Runs the command as installed, then tells which modules it took.
HELP = """
import json, sys
from importlib.metadata import entry_points

(taste,) = entry_points(group="console_scripts", name="taste")
sys.argv = ["taste", "--help"]
try:
    taste.load()()
except SystemExit as stop:
    code = stop.code
print(json.dumps({"code": code, "modules": sorted(sys.modules)}))
"""

PACKAGES = ("transcripts", "taste", "annotation_tui", "analysis")


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_help_imports_no_heavy_package() -> None:
    *help_lines, seen = run_python(HELP).splitlines()
    answer = json.loads(seen)
    assert answer["code"] in (0, None)
    assert any("Usage" in line for line in help_lines)
    assert HEAVY.isdisjoint(answer["modules"])


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_a_package_imports_nothing_else(package: str) -> None:
    code = f"import json, sys; import {package}; print(json.dumps(sorted(sys.modules)))"
    modules = json.loads(run_python(code))
    ours = {name for name in modules if name.split(".")[0] in PACKAGES}
    assert ours == {package}
    assert HEAVY.isdisjoint(modules)
