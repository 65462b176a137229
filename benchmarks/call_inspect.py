"""Inspect asks and grades so many samples; run by an interpreter that has `inspect-ai`."""

import importlib.metadata
import os
import sys
import tempfile

from call_meter import metered
from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import model_graded_qa
from inspect_ai.solver import generate

MODEL = "claude-sonnet-4-5"


def measure(url: str, samples: int, size: int, concurrency: int) -> None:
    """Evaluate one task whose every sample is two calls: an answer and its grade."""
    os.environ["ANTHROPIC_API_KEY"] = "canned-key"
    line = "the loss of the held-out split moved again and nobody knows why; "
    text = (line * (size // len(line) + 1))[:size]
    data = MemoryDataset(
        [Sample(id=n, input=f"Sample {n}. {text}", target="Plot it.") for n in range(samples)]
    )
    task = Task(dataset=data, solver=generate(), scorer=model_graded_qa())
    told = {"calls": samples * 2, "version": importlib.metadata.version("inspect-ai")}
    with tempfile.TemporaryDirectory(prefix="taste-inspect-") as folder, metered(told):
        logs = evaluate(
            task, model=f"anthropic/{MODEL}", model_base_url=url,
            model_args={"streaming": False}, max_connections=concurrency,
            max_samples=concurrency, max_tokens=1024, log_dir=folder, display="none",
        )  # fmt: skip
        scored = logs[0].results
        told["status"] = logs[0].status
        told["scored"] = scored.completed_samples if scored else 0


if __name__ == "__main__":
    measure(sys.argv[1], *(int(word) for word in sys.argv[2:5]))
