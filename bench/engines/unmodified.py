"""How fast unmodified programs are explored: whole executions a second of processor time, and what each comes to."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = Path(__file__).with_suffix("")


def main() -> None:
    print(f"{'unmodified program':24}{'executions':>12}{'seconds':>10}{'executions/s':>14}")
    with tempfile.TemporaryDirectory() as folder:
        for source in sorted(PROGRAMS.glob("*.cpp")):
            program, results = Path(folder) / source.stem, Path(folder) / "results.json"
            subprocess.run([ROOT / "build/bin/gauntlet-c++", "-std=c++20", "-O2", source, "-o", program], check=True)
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            subprocess.run([program], check=True, stdout=subprocess.DEVNULL, env={
                **os.environ, "GAUNTLET_CHECK_OPTIONS": f"--spurious=0 --budget=600 --results={results}"})
            seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
            (found,) = json.loads(results.read_text())["checks"]
            print(f"{source.stem:24}{found['explored']:12}{seconds:10.2f}{found['explored'] / seconds:14.0f}")


if __name__ == "__main__":
    main()
