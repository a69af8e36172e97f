"""scripts/lint.py: what other programs find, and the command. The project's own rules have test files of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import lint as command
import lint_source
import lint_tools
import pytest

ROOT = Path(__file__).parent.parent
LINT = ROOT / "scripts" / "lint.py"
LOCK = Path("primitives/mutex/a_lock.hpp")
TWIN = Path("primitives/broken/a_lock_flawed.hpp")


def test_code_keeps_every_position() -> None:
    text = 'a; // "b\n/* c\n */ "//d"; \'"\'; 1\'000; R"x(e)")x"; f'
    blank = lint_source.code(text)
    assert len(blank) == len(text) and blank.count("\n") == 2
    assert blank.split() == ["a;", ";", ";", "1'000;", ";", "f"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A git checkout of a small tree that is in order, with settings and a compile command."""
    tree = tmp_path
    for folder in ("mutex", "broken"):
        (tree / "primitives" / folder).mkdir(parents=True)
    put(tree, "primitives/registry", "a_lock  mutex  holds\na_lock_flawed  mutex  caught-by:relacy\n")
    for name in (".clang-format", ".clang-tidy"):
        shutil.copy(ROOT / name, tree)
    shutil.copytree(
        ROOT / "harness", tree / "harness", ignore=lambda _, names: [name for name in names if name.endswith(".cpp")]
    )
    shutil.copy(ROOT / "primitives/sync.hpp", tree / "primitives")
    shutil.copy(ROOT / "primitives/native.hpp", tree / "primitives")
    put(
        tree,
        "primitives/mutex/contract.hpp",
        """\
#pragma once
#include "harness/scenario.hpp"

namespace gauntlet::contracts {
template <class P>
void describe(harness::contract&) {
  P().lock();
}
}  // namespace gauntlet::contracts
""",
    )
    for name, path in (("a_lock", LOCK), ("a_lock_flawed", TWIN)):
        put(
            tree,
            path,
            f"""\
#pragma once
namespace gauntlet {{
class {name} {{
 public:
  void lock() {{}}
  // flaw: does nothing.
}};
}}  // namespace gauntlet
""",
        )
    put(tree, "harness/one.cpp", "int main() {}\n")
    flags = [
        "-std=c++20",
        "-Wall",
        "-Wextra",
        "-Wconversion",
        "-Werror",
        "-I",
        ".",
        "-O2",
        "-fsanitize=thread",
        "-MMD",
        "-MF",
        "one.d",
    ]
    put(
        tree,
        "compile_commands.json",
        json.dumps(
            [
                {
                    "directory": str(tree),
                    "file": "harness/one.cpp",
                    "arguments": [
                        "/usr/bin/clang",
                        "-xc++",
                        "harness/one.cpp",
                        *flags,
                        "-c",
                        "-o",
                        "one.o",
                        "--target=x86_64-pc-linux-gnu",
                    ],
                }
            ]
        ),
    )
    subprocess.run(["git", "init", "-q", tree], check=True)
    return tree


def put(tree: Path, path: str | Path, text: str) -> None:
    """Writes a file of the tree."""
    (tree / path).write_text(text, encoding="utf-8")


def lint(tree: Path, *rules: str) -> subprocess.CompletedProcess[str]:
    """The command."""
    return subprocess.run([LINT, "--root", tree, *rules], capture_output=True, text=True, check=False, timeout=300)


def test_a_clean_checkout_is_green(checkout: Path) -> None:
    done = lint(checkout, "compile", "tidy", "format", "shell", "python", "registry", "seam", "flaw")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith("lint: 0 findings")


def test_every_rule_looks_at_something(checkout: Path) -> None:
    put(checkout, "some.sh", "")
    put(checkout, "some.py", "")
    texts = command.texts_of(checkout)
    jobs = command.other_rules(checkout, texts, set(command.ALL_RULES)) | command.own_rules(checkout, texts)
    assert jobs.keys() == set(command.ALL_RULES)
    assert all(jobs.values())


@pytest.mark.parametrize(
    ("rule", "path", "text", "says"),
    [
        ("format", LOCK, "class   a_lock {};\n", "a_lock.hpp:1: clang-format-19: code should be clang-formatted"),
        ("shell", "bad.sh", "#!/bin/sh\nrm $1\n", "bad.sh:2: shellcheck: Double quote"),
        ("python", "bad.py", "import os\n", "bad.py:1: pyflakes3: 'os' imported but unused"),
        ("python", "bad.py", "def broken(:\n", "bad.py:1: pyflakes3: "),
        ("ids", "primitives/behaviours", "L1  It is free.\n", "behaviours:1: no test carries L1, It is free."),
        (
            "compile",
            LOCK,
            "namespace gauntlet { class a_lock { std::vector<int> x; public: void lock() {} }; }\n",
            "a_lock.hpp:1: g++: ",
        ),
        (
            "compile",
            TWIN,
            "namespace gauntlet { class a_lock_flawed { std::vector<int> x; }; }\n",
            "a_lock_flawed.hpp:1: clang++-19: ",
        ),
        ("compile", LOCK, "namespace gauntlet { class a_lock {}; }\n", "contract.hpp:7: g++: "),
        (
            "compile",
            LOCK,
            "#pragma once\nnamespace gauntlet { class a_lock { public: void lock() { long x = 1; int y = x; } }; }\n",
            "a_lock.hpp:2: g++: ",
        ),
        (
            "tidy",
            "harness/one.cpp",
            "#include <string>\n#include <utility>\nint main() { std::string a; std::string b(std::move(a)); "
            "return static_cast<int>(a.size() + b.size()); }\n",
            "one.cpp:3: clang-tidy-19: 'a' used after it was moved",
        ),
        (
            "tidy",
            LOCK,
            "#pragma once\n#include <cstddef>\nnamespace gauntlet { class a_lock { public: void lock() {} "
            "static double half() { return 1 / 2; } }; }\n",
            "a_lock.hpp:3: clang-tidy-19: result of integer division",
        ),
    ],
)
def test_what_another_program_finds_is_a_finding(
    checkout: Path, rule: str, path: str | Path, text: str, says: str
) -> None:
    put(checkout, path, text)
    done = lint(checkout, rule)
    assert done.returncode == 1, done.stderr
    assert says in done.stdout
    assert "\n" + str(checkout) not in done.stdout, "paths are relative"


def test_a_compile_command_keeps_what_gives_a_source_its_meaning() -> None:
    words = [
        "clang",
        "-xc++",
        "one.cpp",
        "-std=c++20",
        "-g",
        "-Wall",
        "-I",
        ".",
        "-D",
        'A="b c"',
        "-DX=1",
        "-O2",
        "-fsanitize=thread",
        "-fno-sanitize-recover=all",
        "-U",
        "_FORTIFY_SOURCE",
        "-MMD",
        "-MF",
        "one.d",
        "-c",
        "-o",
        "one.o",
        "-fuse-ld=lld",
        "-lboost",
        "-pthread",
        "-D",
        'GAUNTLET_SYNC="stress/sync.hpp"',
        "-dumpdir",
        "x",
        "--target=x86_64-pc-linux-gnu",
    ]
    unit = lint_tools.unit_of(ROOT, {"file": str(ROOT / "harness/one.cpp"), "arguments": words})
    common = ("-std=c++20", "-Wall", "-I.", '-DA="b c"', "-DX=1", "-U_FORTIFY_SOURCE", "-pthread")
    assert unit[:2] == (Path("harness/one.cpp"), (*common, '-DGAUNTLET_SYNC="stress/sync.hpp"'))
    assert lint_tools.native(unit) == tuple(flag for flag in common if flag != "-U_FORTIFY_SOURCE")


def test_a_precompiled_header_comes_with_the_flags_that_it_was_made_with(tmp_path: Path) -> None:
    words = ["clang", "one.cpp", "-std=c++20", "-O1", "-fsanitize=thread", "-include-pch", "all.pch", "-c", "-o", "x"]
    command = {"file": "one.cpp", "arguments": words}
    assert lint_tools.unit_of(tmp_path, command).precompiled == (), "there is none"
    (tmp_path / "all.pch").touch()
    unit = lint_tools.unit_of(tmp_path, command)
    assert unit.precompiled == ("-O1", "-fsanitize=thread", "-include-pch", "all.pch")
    assert unit.flags == ("-std=c++20",)


def test_a_program_that_fails_without_a_finding_is_not_green(tmp_path: Path) -> None:
    with pytest.raises(lint_tools.UserError, match="status 3 and said: no luck"):
        lint_tools.run(["bash", "-c", "echo no luck; exit 3"], tmp_path, "")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda tree: shutil.rmtree(tree / ".git"), "lint needs a checkout"),
        (lambda tree: (tree / "compile_commands.json").unlink(), "make compile_commands.json"),
        (lambda tree: put(tree, "compile_commands.json", "[]"), "holds no compile command"),
        (lambda tree: put(tree, "compile_commands.json", "[{}]"), "no compile commands"),
    ],
)
def test_a_checkout_that_cannot_be_read_is_misuse(checkout: Path, spoil: object, says: str) -> None:
    assert callable(spoil)
    spoil(checkout)
    done = lint(checkout, "compile")
    assert done.returncode == 2
    assert says in done.stderr


def test_an_unknown_rule_is_misuse(checkout: Path) -> None:
    done = lint(checkout, "formt")
    assert done.returncode == 2 and '"formt" is no rule' in done.stderr
