"""What stderr shows while cells run: one line that rewrites itself on a terminal, else a line every 30 s."""

from __future__ import annotations

import locale
import os
import shutil
import sys
import time

HEARTBEAT = 30.0
REDRAW = 0.2


class Progress:
    """Shows how far a piece of work has got. `clear` before anything else is printed."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._began = time.monotonic()
        self._last = self._began
        self._shown = False
        dumb = os.environ.get("TERM") == "dumb" or bool(os.environ.get("CI"))
        self._rewrites = sys.stderr.isatty() and not dumb
        self._dots = "…" if "utf" in locale.getpreferredencoding(False).lower() else "..."

    def show(self, done: int, total: int, running: list[str]) -> None:
        """Call it as often as you like."""
        now = time.monotonic()
        if now - self._last < (REDRAW if self._rewrites else HEARTBEAT):
            return
        self._last = now
        line = f"{self.what} {done}/{total}, {elapsed(now - self._began)}"
        if running:
            line += f": {' '.join(running)}"
        if self._rewrites:
            width = max(shutil.get_terminal_size().columns - 1, 20)
            line = line if len(line) <= width else line[:width - len(self._dots)] + self._dots
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
            self._shown = True
        else:
            print(line, file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Takes the rewriting line away."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = False


def elapsed(seconds: float) -> str:
    """`12 s`, `3 min 5 s`."""
    whole = int(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
