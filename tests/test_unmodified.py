"""Programs that know nothing of gauntlet, explored as they are (tests/unmodified/): each says itself what is expected.

A line of a program is a case:

    // [long] [with FLAGS] [suppressing RULE; RULE] [given OPTIONS] expect: RESULT

FLAGS are the compiler's, such as -DRELAXED, which plants a fault; RULEs as models/rc11/unmodified/suppressions.hpp has
them; OPTIONS gauntlet-check's. RESULT is one of

    complete [N]       nothing is wrong with any of the (N) executions
    bounded            the same, but for a loop that was held at a bound
    CLASS [at here]    a violation of this class, in a line that ends with the comment `here`
    error              the checker cannot explore this

Two kinds of lines are about the case above them: `// says: TEXT`, the program's output has that in it; and `// every
iteration: N`, so many executions there are if no iterations of loops are left out, and they print the same lines.

A case is built without optimisation, with some and with more, and has to come out equal, to the number of executions.
With LONG=1 only: cases that are `long`; all levels but one of all that isn't in counts/ or is a planted fault; and of
each case that nothing is wrong with, the comparison with its executions in which no iteration is left out.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "tests" / "unmodified"
LONG = os.environ.get("LONG") == "1"
ALL_LEVELS = ("-O0", "-O1", "-O2")
PATIENCE = 3600 if LONG else 60  # seconds for what takes a second or two
CASE = re.compile(r"// (?P<long>long )?(?:with (?P<flags>.*?) )?(?:suppressing (?P<rules>.*?) )?"
                  r"(?:given (?P<options>.*?) )?expect: (?P<expected>\w+)(?: (?P<detail>\d+|at here))?$")


@dataclass
class Case:
    """One line of expectation."""

    source: Path
    flags: tuple[str, ...]
    rules: tuple[str, ...]
    options: tuple[str, ...]
    expected: str
    detail: str
    says: list[str] = field(default_factory=list)
    every_iteration: int | None = None

    @property
    def of_interest(self) -> bool:
        """Whether all levels of optimisation are tried, though time is short."""
        return self.source.parent.name == "counts" and not self.flags

    def __str__(self) -> str:
        words = (self.source.relative_to(PROGRAMS).as_posix(), *self.flags, *(["suppressing"] if self.rules else []),
                 *self.options)
        return " ".join(words)


@dataclass(frozen=True)
class Found:
    """What the explored program came to."""

    verdict: str
    executions: int
    line: int
    lines: frozenset[str]


def cases(source: Path) -> list[Case]:
    """Those of a program, with the long ones only if they are asked for."""
    found: list[Case] = []
    wanted = False
    for line in source.read_text().splitlines():
        if line.startswith("// says: "):
            if wanted:
                found[-1].says.append(line.removeprefix("// says: "))
            continue
        if line.startswith("// every iteration: "):
            if wanted:
                found[-1].every_iteration = int(line.removeprefix("// every iteration: "))
            continue
        match = CASE.match(line)
        assert match or "expect:" not in line, f"{source}: `{line}` is no expectation that this test reads"
        if match:
            wanted = LONG or not match["long"]
        if match and wanted:
            found.append(Case(source, tuple((match["flags"] or "").split()),
                              tuple(rule.strip() for rule in (match["rules"] or "").split(";") if rule),
                              tuple((match["options"] or "").split()), match["expected"], match["detail"] or ""))
    return found


FOLDERS = ("counts", "limits", "packages", "standard")
SOURCES = sorted(path for folder in FOLDERS for kind in ("cpp", "c") for path in (PROGRAMS / folder).glob(f"*.{kind}"))


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """gauntlet-check and what writes the litmus programs."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "unmodified.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(["make", "--silent", "tools", "build/tests/as_source"], cwd=ROOT, env=environment,
                              capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr


def compiled(source: Path, level: str, flags: tuple[str, ...], rules: Path | None, program: Path) -> None:
    """Builds a program that explores itself."""
    compiler, standard = ("gauntlet-cc", "-std=gnu17") if source.suffix == ".c" else ("gauntlet-c++", "-std=c++20")
    environment = os.environ | ({"GAUNTLET_SUPPRESSIONS": str(rules)} if rules else {})
    command = [ROOT / "build" / "bin" / compiler, standard, f"-I{ROOT}", level, *flags, source, "-o", program]
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


def explored(program: Path, options: tuple[str, ...], arguments: tuple[str, ...] = (), files: tuple[int, ...] = (),
             told: bool = False) -> tuple[Found, str]:
    """Runs it. Returns what its record says, and what it printed: the verdict, too, if that is to be told."""
    results = program.with_suffix(".json")
    results.unlink(missing_ok=True)
    given = "\n".join((f"--{'results' if told else 'records'}={results}", f"--budget={PATIENCE}", *options, ""))
    done = subprocess.run([program, *arguments], env=os.environ | {"GAUNTLET_CHECK_OPTIONS": given},
                          capture_output=True, text=True, timeout=2 * PATIENCE, check=False, pass_fds=files)
    said = done.stdout + done.stderr
    if done.returncode not in (0, 1, 4) or not results.exists():
        return Found("error", 0, 0, frozenset()), said
    check = json.loads(results.read_text())["checks"][0] if told else recorded(results)
    violation = check["violation"]
    verdict = violation["class"] if violation else check["coverage"]
    assert done.returncode == {"clean": 0, "violated": 1, "unknown": 4}[check["outcome"]], said
    line = ((violation or {}).get("where") or {}).get("line", 0)
    executions = 0 if violation else check["explored"]
    return Found(verdict, executions, line, frozenset(done.stdout.splitlines())), said + json.dumps(check)


def recorded(records: Path) -> dict:
    """The check, with a violation that has a record of its own."""
    events = {event["event"]: event for event in map(json.loads, records.read_text().splitlines())}
    if "violation" in events:
        return events["finished"]["check"] | {"outcome": "violated", "violation": events["violation"]["violation"]}
    return events["finished"]["check"]


@pytest.mark.parametrize("case", [case for source in SOURCES for case in cases(source)], ids=str)
def test_program_is_judged_right(case: Case, tmp_path: Path) -> None:
    rules = tmp_path / "suppressions"
    rules.write_text("".join(f"{rule}\n" for rule in case.rules))
    found: dict[str, Found] = {}
    for level in ALL_LEVELS if LONG or case.of_interest else ("-O1",):
        program = tmp_path / f"program{level}"
        compiled(case.source, level, case.flags, rules if case.rules else None, program)
        found[level], said = explored(program, case.options, told=bool(case.says))
        assert found[level].verdict == case.expected, f"{level}: {said}"
        for text in case.says:
            assert text in said, f"{level}: {said}"
        if case.detail == "at here":
            lines = case.source.read_text().splitlines()
            assert lines[found[level].line - 1].endswith("// here"), f"{level}: {said}"
    executions = {level: each.executions for level, each in found.items()}
    assert len(set(executions.values())) == 1, f"the levels of optimisation don't agree: {executions}"
    if case.detail.isdigit():
        assert set(executions.values()) == {int(case.detail)}


CLEAN = [case for source in SOURCES for case in cases(source) if case.expected in ("complete", "bounded")]


@pytest.mark.parametrize("case", [case for case in CLEAN if LONG or case.every_iteration], ids=str)
def test_iterations_that_are_left_out_have_no_outcome_of_their_own(case: Case, tmp_path: Path) -> None:
    """An outcome is what an execution prints. Where loops are held at a bound, there may be fewer of them."""
    rules = tmp_path / "suppressions"
    rules.write_text("".join(f"{rule}\n" for rule in case.rules))
    compiled(case.source, "-O1", case.flags, rules if case.rules else None, tmp_path / "program")
    options = (*case.options, "--output=all")
    left, said = explored(tmp_path / "program", options)
    assert left.verdict == case.expected, said
    # No more than this is needed where the end comes: it is compared what there is by then.
    whole, all_said = explored(tmp_path / "program", (*options, "--every-iteration=on", "--bound=3", "--budget=100"))
    assert whole.verdict in ("complete", "bounded", "sampled"), all_said
    assert whole.lines <= left.lines
    if whole.verdict == "complete":
        assert whole.lines == left.lines
        assert left.executions <= whole.executions
    if case.every_iteration:
        assert (whole.verdict, whole.executions) == ("complete", case.every_iteration)


def litmus(tmp_path: Path, *which: str) -> tuple[Path, dict[str, str]]:
    """A source file that as_source writes, and what is expected of each program in it."""
    writer = ROOT / "build" / "tests" / "as_source"
    written = subprocess.run([writer, *which], capture_output=True, text=True, check=True)
    source = tmp_path / "litmus.cpp"
    source.write_text(written.stdout)
    return source, dict(re.findall(r"^// expect (\w+): (.*)$", written.stdout, re.MULTILINE))


def outcomes(program: Path, name: str, rotation: int = 0) -> str:
    """What a litmus program comes to, in the words of its expectation."""
    with tempfile.TemporaryFile("w+") as lines:
        to = lines.fileno()
        found, said = explored(program, ("--spurious=0",), (name, str(rotation), str(to)), (to,))
        lines.seek(0)
        seen = lines.read().split()
    if found.verdict != "complete":
        return said if found.verdict == "error" else found.verdict
    assert len(seen) == found.executions, said
    return f"complete {len(seen)}: " + " ".join(sorted(set(seen)))


@pytest.mark.parametrize("level", ALL_LEVELS if LONG else ("-O1",))
def test_litmus_tests_have_their_outcomes(level: str, tmp_path: Path) -> None:
    source, expected = litmus(tmp_path, "catalogue")
    compiled(source, level, (), None, tmp_path / "litmus")
    found = {name: outcomes(tmp_path / "litmus", name) for name in expected}
    assert len(found) > 100
    assert found == expected


@pytest.mark.parametrize("which", ["random", "handover"])
def test_random_programs_have_the_oracle_s_outcomes_in_every_order(which: str, tmp_path: Path) -> None:
    """Threads that are started in another order are numbered, and so replayed, in another one."""
    source, expected = litmus(tmp_path, which, "2000" if LONG else "60", os.environ.get("SEED", "1"))
    compiled(source, "-O1", (), None, tmp_path / "litmus")
    for rotation in range(3):
        found = {name: outcomes(tmp_path / "litmus", name, rotation) for name in expected}
        assert found == expected, f"rotation {rotation}"
