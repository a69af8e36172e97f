"""The page in a browser: tests/browser/*.test.mjs, on pages of recorded results."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "browser"))

import pages  # noqa: E402


def test_the_page_works_in_a_browser(tmp_path: Path) -> None:
    """As `make test` has it: the packages of package.json are there."""
    program = pages.browser()
    assert program and shutil.which("node"), "no browser, or no node: scripts/setup.sh installs them"
    pages.write(tmp_path)
    done = subprocess.run(
        ["node", "--test", "--test-reporter=spec", "tests/browser/"], cwd=ROOT, capture_output=True,
        text=True, env=os.environ | {"BROWSER": program, "PAGES": str(tmp_path)}, timeout=900, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
