"""Tables of trials as files of each kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Rows = list[dict[str, Any]]


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
