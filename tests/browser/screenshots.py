"""`make screenshots`: each kind of page as a picture, of the recorded results, in reports/screenshots/."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pages


def main() -> int:
    """The command; the pictures it makes differ only if the page does."""
    program = pages.browser()
    if program is None:
        print("screenshots: no browser; `scripts/setup.sh browser` installs one", file=sys.stderr)
        return 2
    directory = pages.ROOT / "reports" / "screenshots"
    directory.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        pages.write(Path(made))
        return subprocess.run(["node", "tests/browser/screenshots.mjs", str(directory)], cwd=pages.ROOT, check=False,
                              env=os.environ | {"BROWSER": program, "PAGES": made}).returncode


if __name__ == "__main__":
    sys.exit(main())
