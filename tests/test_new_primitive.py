"""scripts/new_primitive.py: what it writes lint and the compiler accept; where it refuses, it leaves nothing behind."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import lint_orders
import lint_rules
import new_primitive
import pytest
import registry

ROOT = Path(__file__).parent.parent
KINDS = new_primitive.kinds(ROOT)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the parts that a new primitive touches or needs."""
    shutil.copytree(ROOT / "primitives", tmp_path / "primitives")
    shutil.copytree(ROOT / "harness", tmp_path / "harness")
    shutil.copy(ROOT / ".clang-format", tmp_path)
    return tmp_path


def make_new(root: Path, name: str, kind: str) -> subprocess.CompletedProcess[str]:
    """The command as the Makefile calls it."""
    return subprocess.run(
        [ROOT / "scripts" / "new_primitive.py", "--root", root, name, kind],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_primitive_is_registered_and_clean(checkout: Path, kind: str) -> None:
    done = make_new(checkout, "brand_new", kind)
    assert (done.returncode, done.stderr) == (0, "")
    assert "make check PRIMITIVE=brand_new" in done.stdout
    path = Path("primitives") / kind / "brand_new.hpp"
    text = (checkout / path).read_text(encoding="utf-8")
    found = [*lint_rules.registered(checkout), *lint_rules.seam(path, text), *lint_orders.check(path, text)]
    assert not [finding for finding in found if "brand_new" in str(finding)]
    formatted = subprocess.run(
        ["clang-format-19", "--dry-run", "--Werror", checkout / path], capture_output=True, check=False
    )
    assert formatted.returncode == 0
    assert [one.kind for one in registry.load(checkout / "primitives/registry") if one.name == "brand_new"] == [kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_primitive_compiles_as_a_cell(checkout: Path, kind: str) -> None:
    assert make_new(checkout, "brand_new", kind).returncode == 0
    cell = [
        "-std=c++20",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-I.",
        "-fsyntax-only",
        "harness/cell.cpp",
        f'-DGAUNTLET_HEADER="primitives/{kind}/brand_new.hpp"',
        f'-DGAUNTLET_CONTRACT="primitives/{kind}/contract.hpp"',
        "-DGAUNTLET_TYPE=gauntlet::brand_new",
    ]
    done = subprocess.run(["clang++-19", *cell], cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_registry_keeps_its_columns(checkout: Path) -> None:
    before = (checkout / "primitives/registry").read_text(encoding="utf-8").splitlines()
    assert make_new(checkout, "brand_new", "mutex").returncode == 0
    after = (checkout / "primitives/registry").read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(after) if line.startswith("brand_new"))
    assert after[:place] + after[place + 1 :] == before
    assert after[place - 1].split()[1:] == ["mutex", "holds"]
    assert after[place].index("mutex") == after[place - 1].index(" mutex") + 1
    assert after[place].index("holds") == after[place - 1].index("holds")


def test_a_wide_name_has_its_line(checkout: Path) -> None:
    wide = "a_name_that_is_much_wider_than_its_column"
    assert make_new(checkout, wide, "mutex").returncode == 0
    assert wide in {one.name for one in registry.load(checkout / "primitives/registry")}


def test_everyday_words_stay_in_comments() -> None:
    model = registry.Primitive("event", "event", "holds")
    text = '/// If the event is set.\nclass event {};  // an event\nthrow "event::set";\n'
    assert (
        new_primitive.renamed(text, model, "flag")
        == '/// If the event is set.\nclass flag {};  // an event\nthrow "flag::set";\n'
    )
    model = registry.Primitive("spin_lock", "mutex", "holds")
    assert new_primitive.renamed("// spin_lock waits\nspin_lock();", model, "x") == "// x waits\nx();"


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("TicketLock", "mutex", "snake_case"),
        ("1lock", "mutex", "snake_case"),
        ("two__scores", "mutex", "snake_case"),
        ("../escape", "mutex", "snake_case"),
        ("class", "mutex", "C++"),
        ("contract", "mutex", "harness"),
        ("spin_lock", "mutex", "primitives/registry:"),
        ("brand_new", "mutexx", 'Did you mean "mutex"?'),
        ("brand_new", "broken", "the kinds are"),
        ("brand_new", "../mutex", "the kinds are"),
        ("", "", "usage: make new NAME=name KIND=kind"),
        ("brand_new", "", "usage: make new NAME=name KIND=kind"),
    ],
)
def test_bad_arguments_are_refused_and_leave_nothing(checkout: Path, name: str, kind: str, says: str) -> None:
    before = {path: path.read_bytes() for path in checkout.rglob("*") if path.is_file()}
    done = make_new(checkout, name, kind)
    assert done.returncode == 2
    assert says in done.stderr
    assert {path: path.read_bytes() for path in checkout.rglob("*") if path.is_file()} == before


def test_a_header_that_is_there_is_not_overwritten(checkout: Path) -> None:
    (checkout / "primitives/mutex/mine.hpp").write_text("precious\n", encoding="utf-8")
    done = make_new(checkout, "mine", "mutex")
    assert done.returncode == 2 and "is there already" in done.stderr
    assert (checkout / "primitives/mutex/mine.hpp").read_text(encoding="utf-8") == "precious\n"


def test_a_kind_without_a_primitive_has_no_start(checkout: Path) -> None:
    (checkout / "primitives/lockless").mkdir()
    (checkout / "primitives/lockless/contract.hpp").touch()
    done = make_new(checkout, "brand_new", "lockless")
    assert done.returncode == 2 and "no primitive to start from" in done.stderr
