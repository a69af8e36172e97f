"""Pages for the browser: of results that every grade comes from, of real runs, of a long interleaving, of hostile text.

Run as a command it writes them into a directory and prints the browser's program.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
for part in ("scripts", "tests"):
    sys.path.insert(0, str(ROOT / part))

from handmade import event, violation  # noqa: E402
import registry  # noqa: E402
from report_build import GOLDEN, Build, golden  # noqa: E402
from reporting import grade, page, results  # noqa: E402

RECORDED = ROOT / "tests" / "recorded"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LONG = 20_000
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e{{ 7 * 7 }}"


def browser() -> str | None:
    """The program of a browser that is installed, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def copied(directory: Path, results: Path) -> Build:
    """A build directory with recorded results and the registry beside them."""
    made = Build(directory, (results / "registry").read_text())
    for path in results.glob("*.json"):
        shutil.copy(path, made.results)
    return made


def long_trace() -> list[dict]:
    """LONG events by four threads that hand values around, and spin."""
    trace = []
    for step in range(LONG):
        thread, turn = step % 4, step // 4
        write = turn % 3 == 0
        variable = f"cells_[{(turn + thread) % 50}].sequence"
        reads = None if write or step < 8 else step - step % 4 - 4
        trace.append(event(step, thread, "store" if write else "load", variable, str(turn), "release" if write else
                           "acquire", reads, stale=step % 1000 == 999))
    return trace


def long_page() -> str:
    """The page of one result, with long_trace() in it."""
    result = golden("ticket_lock.relacy")
    result["checks"] = [result["checks"][0] | {"violation": violation("assertion", *long_trace())}]
    cells = grade.grade_all([registry.Primitive("ticket_lock", "mutex", "holds")], ["relacy"],
                            [results.Record(Path("ticket_lock.relacy.json"), "ticket_lock", "relacy", result)])
    return page.fitted(cells, [])[0]


def poisoned(value: Any) -> Any:
    """The same JSON with hostile text in every string that is free."""
    free = {"message", "function", "role", "operation", "variable", "value", "order", "title", "text", "commit", "lock",
            "holding", "dot"}
    if isinstance(value, dict):
        return {key: HOSTILE if key in free and isinstance(one, str) else poisoned(one) for key, one in value.items()}
    return [poisoned(one) for one in value] if isinstance(value, list) else value


def write(directory: Path) -> None:
    """Writes grades.html, recorded.html, long.html and hostile.html."""
    builds = {"grades": copied(directory / "grades", GOLDEN), "recorded": copied(directory / "recorded", RECORDED),
              "hostile": copied(directory / "hostile", GOLDEN)}
    # Runs before, so that there is something that changed, and a trend; and what a benchmark measured.
    runs = [{"newest": f"2026-01-0{day}T00:00:00Z", "commit": "0123456789ab", "grades": {
        "mutex_lost_wakeup.relacy": "missed", "spin_lock_relaxed_unlock.relacy": "pass"},
        "conditions": "AMD EPYC", "engines": {"stress": {"explored": 2_400 + 40 * day, "seconds": 1.0}},
        "ratios": {"mutex/dense/2": 0.3 + day / 100}} for day in range(1, 5)]
    (directory / "recorded" / "history").mkdir()
    (directory / "recorded" / "history" / "runs.jsonl").write_text("".join(json.dumps(run) + "\n" for run in runs))
    (directory / "recorded" / "bench").mkdir()
    shutil.copy(RECORDED / "bench" / "mutex.json", directory / "recorded" / "bench")
    for path in builds["hostile"].results.glob("*.json"):
        path.write_text(json.dumps(poisoned(json.loads(path.read_text()))))
    (directory / "long.html").write_text(long_page())
    for name, build in builds.items():
        with contextlib.redirect_stdout(io.StringIO()):
            build.main()
        shutil.copy(build.directory / "report" / "index.html", directory / f"{name}.html")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
    print(browser() or sys.exit("no browser: install Debian's chromium"))
