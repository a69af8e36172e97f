"""Building cells with make, and saying what doesn't compile."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from progress import Progress
from registry import UserError
from stacks import ROOT, relative

COMPILER_ERROR = re.compile(r"^(\S[^:\n]*):(\d+):\d+: (?:fatal )?error: (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class BuildError(Exception):
    """What make printed when it failed."""

    text: str

    @property
    def first_error(self) -> re.Match[str] | None:
        """The compiler's first error: file, line, message. None if it wasn't the compiler that failed."""
        return COMPILER_ERROR.search(self.text)


def build(targets: list[Path], variables: dict[str, str], interrupted: Callable[[], bool]) -> None:
    """Brings the targets up to date. Raises BuildError. Ends early, leaving things unbuilt, if it is interrupted."""
    names = [relative(str(target)) for target in targets]
    progress = Progress("building")
    # -Otarget: the output of one compilation isn't mixed with another's, so an error can be read.
    command = ["make", f"-j{len(os.sched_getaffinity(0))}", "-Otarget", "--no-print-directory",
               *[f"{name}={value}" for name, value in variables.items()], *names]
    began = time.time()
    with tempfile.TemporaryFile() as printed:
        try:
            make = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed,
                                    start_new_session=True, env=inner_make(os.environ))
        except OSError as error:
            raise UserError(f"make can't be started: {error}; install the Debian package make") from error
        while make.poll() is None:
            if interrupted():
                os.killpg(make.pid, signal.SIGTERM)
                make.wait()
                return progress.clear()
            progress.show(sum(is_newer(target, began) for target in targets), len(targets), [])
            time.sleep(0.05)
        progress.clear()
        printed.seek(0)
        if make.returncode != 0:
            raise BuildError(printed.read().decode("utf-8", errors="replace"))


def is_newer(target: Path, when: float) -> bool:
    """Whether a file was made after `when`, in seconds since the epoch."""
    try:
        return target.stat().st_mtime >= when
    except OSError:
        return False


def inner_make(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for make: a make that called this script passes on its variables (CXX=…), not its jobs."""
    kept = {name: value for name, value in environment.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    _, dashes, variables = environment.get("MAKEFLAGS", "").partition("-- ")
    return {**kept, "MAKEFLAGS": f"-- {variables}"} if dashes else kept


def explain(error: BuildError) -> str:
    """A failed build in words: the whole output, then the file that doesn't compile."""
    found = error.first_error
    if found:
        return f"{error.text.rstrip()}\n{found[1]}:{found[2]} doesn't compile: {found[3]}"
    return f"{error.text.rstrip()}\nmake failed; nothing was run"
