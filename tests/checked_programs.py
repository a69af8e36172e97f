"""Programs that gauntlet-check explores, for its tests."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "build" / "bin"

RACE = """#include <atomic>
#include <cstdio>
#include <thread>

struct mailbox {
  int payload = 0;
  std::atomic<bool> full{false};
};
mailbox box;

int main() {
  std::thread producer([] {
    box.payload = 42;
    box.full.store(true, std::memory_order_relaxed);
  });
  std::thread consumer([] {
    if (box.full.load(std::memory_order_acquire)) std::printf("%d\\n", box.payload);
  });
  producer.join();
  consumer.join();
}
"""


def build_tools() -> None:
    """Once, whoever comes first."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "unmodified.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(["make", "--silent", "tools"], cwd=ROOT, env=environment, capture_output=True, text=True,
                              check=False)
    assert made.returncode == 0, made.stdout + made.stderr


def run(directory: Path, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GAUNTLET_")}
    return subprocess.run(command, cwd=directory, env={**clean, **environment}, capture_output=True, text=True,
                          timeout=120, check=False)


def checked(directory: Path, source: str, *options: str, name: str = "program.cpp") -> subprocess.CompletedProcess[str]:
    (directory / name).write_text(source)
    return run(directory, TOOLS / "gauntlet-check", name, *options)


def line_of(source: str, text: str) -> int:
    return source[:source.index(text)].count("\n") + 1
