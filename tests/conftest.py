"""Puts scripts/ on the path, as running one of them does; and the fixtures that several files of tests use."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))

from fake_tree import Tree  # noqa: E402
from report_build import GOLDEN, Build  # noqa: E402


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path / "build")


@pytest.fixture
def full(tmp_path: Path) -> Build:
    """The golden results."""
    made = Build(tmp_path / "full", (GOLDEN / "registry").read_text())
    for path in GOLDEN.glob("*.json"):
        shutil.copy(path, made.results)
    return made
