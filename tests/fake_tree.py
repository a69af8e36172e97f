"""A registry and fake cells (fake_cell.py) for the tests of the runner."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


ROOT = Path(__file__).resolve().parent.parent
CHECK = ROOT / "scripts" / "check.py"


class Tree:
    """A build directory with fake cells, and the registry that names them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.build = directory / "build"
        self.registry = directory / "registry"
        (self.build / "bin").mkdir(parents=True)
        self.registry.write_text("a_lock mutex holds\n")

    def cell(self, name: str, checks: dict[str, str], **how: str) -> Path:
        """A fake cell; see fake_cell.main()."""
        path = self.build / "bin" / name
        path.write_text(f"#!/usr/bin/python3\nimport sys\nsys.path.insert(0, {str(ROOT / 'tests')!r})\n"
                        f"import fake_cell\nfake_cell.main({checks!r}, **{how!r})\n")
        path.chmod(0o755)
        return path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(CHECK), f"--build={self.build}", f"--registry={self.registry}", "--no-build",
                "--seconds=0.05", "--slack=1.0", *arguments]

    def run(self, *arguments: str, **how: Any) -> subprocess.CompletedProcess[str]:
        """Runs check.py to its end. Whatever the cells do, it doesn't print a traceback."""
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=120, check=False, **how)
        assert "Traceback" not in done.stderr + done.stdout, done.stderr + done.stdout
        return done

    def result(self, name: str) -> dict[str, Any]:
        result = json.loads((self.build / "results" / f"{name}.json").read_text())
        from reporting import results
        assert results.schema_problem("result", result) == ""
        return result

    def checks(self, name: str) -> dict[str, dict[str, Any]]:
        return {check["check"]: check for check in self.result(name)["checks"]}

    def begun(self, name: str) -> list[str]:
        """The checks that a cell began, in order, over all of its processes."""
        return beside(self.build / "bin" / name, "begun").read_text().split()


def beside(cell: Path, what: str) -> Path:
    """A file that a fake cell leaves beside itself."""
    return Path(f"{cell}.{what}")


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie doesn't."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def wait_for(condition: Any, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


# ---- Outcomes
