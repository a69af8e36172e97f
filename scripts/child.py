"""One cell's process, watched from its start until each of its checks has an outcome.

A cell may crash, hang, write nonsense or die at any point. What is not settled by its own records is settled here, and
the cell is started again without the checks that are: a crash costs one check. A cell is only started again if its last
process settled a check, so it ends.
"""

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
import subprocess
import time
from pathlib import Path

import records
import stacks
from settling import (AT_EXIT, Run, after_exit, during, ending, last_lines, log_text, settle, settle_here, unfinished,
                      violation)

# A cell that writes more than this is running away.
LARGEST_OUTPUT = 64 * 2**20
PR_SET_PDEATHSIG = 1
PR_SET_PTRACER = 0x59616D61
LIBC = ctypes.CDLL(None, use_errno=True)


def start(run: Run, checks: list[str] | None = None) -> bool:
    """Starts a cell. `checks` are those it will run; without them it is asked. Returns whether it runs."""
    run.began = time.monotonic()
    run.log.write_bytes(b"")
    if checks is not None:
        run.listing, run.expected = False, checks
        return spawn(run, cell_arguments(run))
    return spawn(run, ["--list_content"])


def cell_arguments(run: Run) -> list[str]:
    """The arguments for the checks that are still without an outcome."""
    path = records_path(run)
    path.unlink(missing_ok=True)
    run.reader = records.Reader(path)
    skip = [f"--skip={','.join(run.settled)}"] if run.settled else []
    return [*run.boost_arguments, "--", f"--records={path}", f"--seconds={run.budget.seconds:g}",
            f"--seed={run.budget.seed}", *skip, *run.arguments]


def records_path(run: Run) -> Path:
    """Where the cell's process appends its records."""
    return run.directory / f"{run.name}.records"


def spawn(run: Run, arguments: list[str]) -> bool:
    """Starts a process in a session of its own, so that all of its children can be killed with it."""
    run.check, run.stalled, run.done = "", False, False
    run.violations = {}
    run.since = time.monotonic()
    run.settled_before = len(run.settled)
    run.log_start = run.log.stat().st_size
    environment = {**os.environ, **dict(run.engine.environment)}
    try:
        with run.log.open("ab") as log:
            run.process = subprocess.Popen([run.binary, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           cwd=stacks.ROOT, env=environment, start_new_session=True, preexec_fn=prepare)
    except (OSError, subprocess.SubprocessError) as error:
        run.process = None
        run.trouble.append(f"{stacks.relative(str(run.binary))} can't be started: {error}")
        return False
    return True


def prepare() -> None:
    """In the new process: it dies with the runner, lets eu-stack look at it, and leaves no core file."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    LIBC.prctl(PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def poll(run: Run) -> bool:
    """Moves a cell on as far as it has got. Returns whether it is over."""
    if run.process is None:
        return True
    ended = has_ended(run.process)  # before reading: what a dead process wrote is all there
    if run.listing:
        return poll_listing(run, ended)
    read(run)
    if run.stalled:
        return restart(run, hang(run))
    if ended:
        status = kill(run)
        return restart(run, after_exit(run, status))
    if too_much_output(run):
        kill(run)
        run.trouble.append(f"{during(run)}the cell wrote more than {LARGEST_OUTPUT // 2**20} MiB and was killed")
        return close(run, "the cell ran away")
    if time.monotonic() - run.since > run.budget.limit:
        return restart(run, hang(run))
    if time.monotonic() - run.began > cell_limit(run):
        kill(run)
        run.trouble.append(f"the cell didn't end within {cell_limit(run):g} s and was killed")
        return close(run, "the cell took too long")
    return False


def cell_limit(run: Run) -> float:
    """Seconds for a whole cell: every check and every pause may use all of its limit."""
    return 2 * (len(run.expected) + 1) * run.budget.limit


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process is dead. It is left unreaped, so that its group's number stays its own."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def kill(run: Run) -> int:
    """Kills what is left of the cell's processes. Returns the first one's status, negative for a signal."""
    assert run.process is not None
    try:
        os.killpg(run.process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return run.process.wait()


def poll_listing(run: Run, ended: bool) -> bool:
    """The process that says which checks there are."""
    if not ended:
        if time.monotonic() - run.since <= run.budget.limit:
            return False
        kill(run)
        run.trouble.append(f"--list_content didn't end within {run.budget.limit:g} s")
        return True
    status = kill(run)
    run.expected = re.findall(r"^ *([A-Za-z_]\w*)\*(?::.*)?$", log_text(run), re.MULTILINE)
    if status != 0 or not run.expected:
        run.trouble.append(f"--list_content names no checks ({ending(status)}){last_lines(run)}")
        return True
    run.listing = False
    return not spawn(run, cell_arguments(run))


def read(run: Run) -> None:
    """Takes in the new records."""
    assert run.reader is not None
    for record in run.reader.new():
        run.since = time.monotonic() if record["event"] in ("started", "finished") else run.since
        match record["event"]:
            case "started":
                if run.check:
                    unfinished(run, f"the cell went on to {record['check']} without finishing it")
                run.check = record["check"]
            case "violation":
                run.violations.setdefault(record["check"], record["violation"])
            case "stalled":
                run.violations.setdefault(record["check"], record["violation"])
                run.check, run.stalled = record["check"], True
            case "finished":
                settle(run, record["check"])
            case "done":
                run.done = True


def hang(run: Run) -> str:
    """Takes the stacks of a cell that will not go on, and kills it. Returns what to say of checks that never ran."""
    assert run.process is not None
    found, why_none = stacks.of_process(run.process.pid)
    kill(run)
    read(run)
    name = run.check
    if not name and run.settled.keys() >= set(run.expected):
        name = run.check = AT_EXIT
    if not name:
        run.trouble.append(f"no check began or ended within {run.budget.limit:g} s; the cell was killed")
        return "the cell hung between checks"
    if name in run.violations:
        seen = run.violations[name]
        seen["stacks"] += found
        seen["where"] = seen["where"] or stacks.own_place(found)
    else:
        seen = violation("hang", f"no result within {run.budget.limit:g} s, the limit for a check", found)
    if why_none:
        seen["text"] = "\n".join(filter(None, [seen.get("text"), why_none]))
    settle_here(run, name, seen)
    return ""


def too_much_output(run: Run) -> bool:
    """Whether the process runs away."""
    assert run.reader is not None
    return run.log.stat().st_size - run.log_start > LARGEST_OUTPUT or run.reader.size() > LARGEST_OUTPUT


def restart(run: Run, reason: str) -> bool:
    """Goes on with the checks that have no outcome, if the last process settled one. Returns whether the cell is over.

    `reason` is what to say of those checks if it doesn't go on.
    """
    assert run.reader is not None
    run.trouble += run.reader.garbage
    if not run.missing:
        return close(run, "")
    if len(run.settled) == run.settled_before or run.done:
        if not run.trouble:
            run.trouble.append(f"{', '.join(run.missing)}: {reason}")
        return close(run, reason)
    return not spawn(run, cell_arguments(run)) and close(run, "the cell can't be started again")


def close(run: Run, reason: str) -> bool:
    """What is left without an outcome is unknown, for a reason. Returns True: the cell is over."""
    if run.check and run.check not in run.settled:
        unfinished(run, reason)
    for name in run.missing:
        settle_here(run, name, None, reason)
    run.process = None
    records_path(run).unlink(missing_ok=True)
    return True


def stop(run: Run, reason: str) -> None:
    """Kills a cell before its end and keeps what it found."""
    if run.process is not None:
        kill(run)
        if not run.listing:
            read(run)
    run.trouble.append(reason)
    close(run, reason)
