"""primitives/README.md names what is there: Python's names in Python, ours in the registry or in the header linked."""

from __future__ import annotations

import concurrent.futures
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import registry

PRIMITIVES = Path(__file__).resolve().parent.parent / "primitives"
TEXT = (PRIMITIVES / "README.md").read_text()
MODULES = ("threading", "queue", concurrent.futures.__name__)


def wrong(text: str, folder: Path) -> Iterator[str]:
    """What `text`, in `folder`, names that does not exist."""
    held = {primitive.name: primitive.header for primitive in registry.load(PRIMITIVES / "registry") if primitive.holds}
    for label, target in re.findall(r"\[([^]]+)]\(([^)]+)\)", text):
        path = folder / target
        name = label.strip("`")
        if not path.is_file():
            yield f"{name}: {target} does not exist"
        elif name in held and path.suffix == ".hpp" and path.resolve() != (PRIMITIVES.parent / held[name]).resolve():
            yield f"{name}: is in {held[name]}, not in {target}"
        elif path.suffix == ".hpp" and label.startswith("`") and not defined(name, path.read_text()):
            yield f"{name}: is not defined in {target}"
    for known in re.findall(rf"`((?:{'|'.join(map(re.escape, MODULES))})(?:\.\w+)+)`", text):
        if not exists(known):
            yield f"{known}: Python has no such name"


def defined(name: str, header: str) -> bool:
    """Whether a header defines a class or a function of that name."""
    plain = re.escape(name.rpartition("::")[2])
    return re.search(rf"\b(?:class|struct)\s+{plain}\b|\b{plain}\(", header) is not None


def exists(dotted: str) -> bool:
    """Whether Python has it."""
    module = next(module for module in MODULES if dotted.startswith(module + "."))
    found: object = importlib.import_module(module)
    for part in dotted.removeprefix(module + ".").split("."):
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


def test_every_name_exists() -> None:
    assert list(wrong(TEXT, PRIMITIVES)) == []
    # That there is something to look at.
    assert len(re.findall(r"\]\(", TEXT)) > 50


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[`mutex`](mutex/gone.hpp)", "mutex: mutex/gone.hpp does not exist"),
        ("[`mutex`](mutex/spin_lock.hpp)", "mutex: is in primitives/mutex/mutex.hpp, not in mutex/spin_lock.hpp"),
        ("[`spinlock`](mutex/spin_lock.hpp)", "spinlock: is not defined in mutex/spin_lock.hpp"),
        ("[`counter`](../examples/gone.cpp)", "counter: ../examples/gone.cpp does not exist"),
        ("`threading.Lokc`", "threading.Lokc: Python has no such name"),
        ("`concurrent.futures.Future.gone`", "concurrent.futures.Future.gone: Python has no such name"),
        ("[`mutex`](mutex/mutex.hpp), `threading.Thread.join`, `queue.Queue`", None),
    ],
)
def test_what_does_not_exist_is_told(text: str, told: str | None) -> None:
    assert list(wrong(text, PRIMITIVES)) == ([] if told is None else [told])
