"""Copying text to where the terminal is, also over ssh and inside tmux."""

import contextlib
import os
import subprocess

from textual.app import App

from transcripts.rendering.text import visible_controls

MOST = 74_000
"""Bytes that are copied; terminals drop longer sequences without a word."""


def copy(app: App[object], text: str) -> str:
    """Copy a text, control characters made visible; returns what is to be told."""
    told = visible_controls(text).encode()
    cut = told[:MOST].decode(errors="ignore")
    app.copy_to_clipboard(cut)
    if "TMUX" in os.environ:
        _copy_to_tmux(cut)
    whole = "copied" if len(told) <= MOST else f"copied the first {MOST // 1000} kB of"
    return f"{whole} {len(text):,} characters."


def _copy_to_tmux(text: str) -> None:
    """Hand the text to tmux itself, which by default ignores what programs inside it send."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            ["tmux", "load-buffer", "-w", "-"],
            input=text.encode(),
            check=False,
            timeout=2,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
