"""scripts/setup.sh against a pretended machine: its PATH holds fakes that record what they are asked."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import lint
import pytest

SETUP = Path(__file__).parent.parent / "scripts" / "setup.sh"
# What everybody needs, and what `make bench` needs besides.
PACKAGES, FOR_BENCH = (
    re.findall(r"^  '(\S+) +\S.*'$", part, re.MULTILINE)
    for part in SETUP.read_text(encoding="utf-8").split("packages+=(")
)

FAKES = {
    # Says what the real one says for `--showformat='${db:Status-Status} ${Package}\n' names…`; 1 if one is unknown.
    "dpkg-query": 'echo "dpkg-query" >> "$MACHINE/log"; status=0\n'
    'for name; do case $name in -*) ;; *) grep "^[a-z-]* $name\\$" "$MACHINE/packages" || status=1;; esac; done\n'
    "exit $status",
    "apt-get": 'echo "apt-get $*" >> "$MACHINE/log"\n'
    '[ ! -e "$MACHINE/apt-fails" ] || { echo "E: Unable to locate package"; exit 100; }\n'
    'for word; do case $word in -*|install|update) ;; *) echo "installed $word" >> "$MACHINE/packages";; esac; done',
    "id": 'cat "$MACHINE/uid"',
    "sudo": 'echo "sudo $*" >> "$MACHINE/log"; while [ "${1#-}" != "$1" ]; do shift; done; exec "$@"',
}


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine of a root user, with every fake and no package."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, body in FAKES.items():
        (tools / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    for name in ("bash", "cat", "comm", "env", "grep", "sed", "sort"):
        (tools / name).symlink_to(str(shutil.which(name)))
    (tmp_path / "packages").touch()
    (tmp_path / "uid").write_text("0\n", encoding="utf-8")
    return tmp_path


def install(machine: Path, *packages: str) -> None:
    """Makes packages be there already."""
    (machine / "packages").write_text("".join(f"installed {name}\n" for name in packages), encoding="utf-8")


def run(machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """setup.sh, with no terminal."""
    return subprocess.run(
        ["/bin/bash", SETUP, *arguments],
        env={"PATH": str(machine / "bin"), "MACHINE": str(machine)},
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=30,
        check=False,
    )


def asked(machine: Path, tool: str) -> list[str]:
    """What the fakes were asked, one call a line."""
    log = machine / "log"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [line for line in lines if line.split()[0] == tool]


def installs(machine: Path) -> list[list[str]]:
    """The packages of each apt-get install."""
    calls = [line.split("--no-install-recommends ") for line in asked(machine, "apt-get") if " install " in line]
    return [names.split() for _, names in calls]


def test_a_complete_machine_costs_one_query(machine: Path) -> None:
    install(machine, *PACKAGES)
    start = time.monotonic()
    done = run(machine)
    assert time.monotonic() - start < 1
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(asked(machine, "dpkg-query")) == 1
    assert not asked(machine, "apt-get")


def test_root_installs_exactly_what_is_missing(machine: Path) -> None:
    install(machine, *(name for name in PACKAGES if name not in ("clang-19", "g++")))
    done = run(machine)
    assert done.returncode == 0
    assert installs(machine) == [["clang-19", "g++"]]
    assert [line.split()[-1] for line in asked(machine, "apt-get")] == ["update", "g++"]
    assert f"2 of {len(PACKAGES)}" in done.stderr and "compiles everything" in done.stderr
    assert "relacy" not in done.stderr, "speaks of what is there already"
    assert not asked(machine, "sudo")


def test_a_removed_package_whose_settings_stay_is_missing(machine: Path) -> None:
    install(machine, *PACKAGES[1:])
    with (machine / "packages").open("a", encoding="utf-8") as packages:
        packages.write(f"config-files {PACKAGES[0]}\n")
    assert run(machine).returncode == 0
    assert installs(machine) == [[PACKAGES[0]]]


def test_an_empty_machine_gets_the_whole_list(machine: Path) -> None:
    assert run(machine).returncode == 0
    assert installs(machine) == [sorted(PACKAGES)]


def test_what_only_benchmarks_need_is_installed_for_them_only(machine: Path) -> None:
    install(machine, *PACKAGES)
    assert run(machine).returncode == 0 and not installs(machine)
    assert run(machine, "bench").returncode == 0
    assert installs(machine) == [sorted(FOR_BENCH)]


def test_a_browser_is_installed_for_its_tests_where_there_is_none(machine: Path) -> None:
    install(machine, *PACKAGES)
    assert run(machine).returncode == 0 and not installs(machine)
    (machine / "bin" / "google-chrome").symlink_to("/bin/true")
    assert run(machine, "browser").returncode == 0
    assert installs(machine) == [["nodejs", "npm"]]
    for name in ("node", "npm"):
        (machine / "bin" / name).symlink_to("/bin/true")
    install(machine, *PACKAGES)
    assert run(machine, "browser").returncode == 0
    assert len(installs(machine)) == 1


def test_a_user_installs_through_sudo(machine: Path) -> None:
    (machine / "uid").write_text("1000\n", encoding="utf-8")
    install(machine, *PACKAGES[1:])
    assert run(machine).returncode == 0
    assert installs(machine) == [[PACKAGES[0]]]
    # Without a terminal nobody can type a password: sudo must fail rather than wait.
    assert all("--non-interactive" in line for line in asked(machine, "sudo"))


def test_a_user_without_sudo_is_told_the_command(machine: Path) -> None:
    (machine / "uid").write_text("1000\n", encoding="utf-8")
    (machine / "bin" / "sudo").unlink()
    install(machine, *PACKAGES[1:])
    done = run(machine)
    assert done.returncode == 2
    assert f"sudo apt-get update && sudo apt-get install --no-install-recommends {PACKAGES[0]}\n" in done.stderr
    assert not asked(machine, "apt-get")


def test_a_failing_apt_is_quoted(machine: Path) -> None:
    (machine / "apt-fails").touch()
    done = run(machine)
    assert done.returncode == 2
    assert "E: Unable to locate package" in done.stderr
    assert "`apt-get update` failed" in done.stderr


def test_an_apt_that_installs_nothing_is_noticed(machine: Path) -> None:
    (machine / "bin" / "apt-get").write_text("#!/bin/sh\n", encoding="utf-8")
    done = run(machine)
    assert done.returncode == 2
    assert "still missing" in done.stderr


@pytest.mark.parametrize("tool", ["apt-get", "dpkg-query"])
def test_a_machine_that_is_not_debian_is_told_what_is_needed(machine: Path, tool: str) -> None:
    (machine / "bin" / tool).unlink()
    done = run(machine)
    assert done.returncode == 2
    assert f"{tool}" in done.stderr and "clang-19" in done.stderr


def test_each_package_stands_once_with_its_reason() -> None:
    assert len(PACKAGES) > 20
    both = [*PACKAGES, *FOR_BENCH]
    assert FOR_BENCH and len(both) == len(set(both))


@pytest.mark.parametrize(
    "program",
    ["make", "git", "eu-stack", "llvm-symbolizer-19", *(name for names in lint.PROGRAMS.values() for name in names)],
)
def test_the_list_has_the_package_of_each_program(program: str) -> None:
    owner = subprocess.run(
        ["dpkg-query", "--search", str(shutil.which(program))], capture_output=True, text=True, check=True
    )
    assert owner.stdout.split(":")[0] in PACKAGES
