"""Tables of trials as files of each kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.trials.files import read_trial_file
from analysis.trials.table import TrialTable

Row = dict[str, Any]
Rows = list[Row]
Read = Callable[..., TrialTable]
PLAIN: Row = {
    "set": "suboptimal", "item": "1", "arm": "m", "repeat": "1", "judge": "j", "view": "full",
    "judge_kind": "model", "form": "restated", "provenance": "blind", "prompt": "standard",
    "order": "human", "sample": "1", "score": "1", "lineage": "L",
}  # fmt: skip


@pytest.fixture
def rows() -> Rows:
    """Twelve verdicts: three items of one set, two arms, both orders."""
    return [
        {
            "set": "suboptimal", "item": f"{item:02d}", "arm": arm, "repeat": 1, "judge": "j",
            "order": order, "sample": 1, "score": (item + (arm == "m")) % 3 / 2,
            "lineage": f"L{item % 2}", "confidence": 3 if item > 1 else None,
            "released": "2026-01-02" if arm == "m" else None, "hidden_context": item == 2,
        }
        for item in (1, 2, 3)
        for arm in ("m", "stock")
        for order in ("human", "proposal")
    ]  # fmt: skip


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """write(rows, ".csv") is a file with these rows; write("text", ".csv") one with this text."""

    def _write(what: Rows | str | bytes, ending: str = ".csv") -> Path:
        file = tmp_path / f"t{ending}"
        if isinstance(what, bytes):
            file.write_bytes(what)
        elif isinstance(what, str):
            file.write_text(what, encoding="utf-8", newline="")
        elif ending == ".parquet":
            pd.DataFrame(what).to_parquet(file)
        elif ending == ".jsonl":
            pd.DataFrame(what).to_json(file, orient="records", lines=True)
        else:
            pd.DataFrame(what).to_csv(file, index=False)
        return file

    return _write


@pytest.fixture
def read(write: Callable[..., Path]) -> Read:
    """read({"item": "2"}) is a table of a plain row and, below it, one with another item."""

    def _read(*changes: Row, first: Row | None = None) -> TrialTable:
        plain = {**PLAIN, **(first or {})}
        rows = [plain, *({**plain, **change} for change in changes)]
        kept = [{k: v for k, v in row.items() if v is not ...} for row in rows]
        return read_trial_file(write(kept))

    return _read
