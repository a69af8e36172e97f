"""The record stream: the JSON lines that a cell appends while it runs.

`started`, `violation`, `stalled` and `finished` speak of a check, `done` of the cell. A line is one write(2), so only
the last can be cut short, by the death of its writer.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

import stacks

SCHEMA = stacks.ROOT / "reports" / "result.schema.json"
Record = dict[str, Any]


class Reader:
    """Reads a file of records as it grows. `garbage` holds what was no record, the first 5 complaints of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.garbage: list[str] = []
        self._offset = 0
        self._rest = b""

    def new(self) -> list[Record]:
        """The records that were completed since the last call; none while there is no file."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                fresh = file.read()
        except FileNotFoundError:
            return []
        self._offset += len(fresh)
        *lines, self._rest = (self._rest + fresh).split(b"\n")
        return [record for line in lines if (record := self._parse(line)) is not None]

    def rest(self) -> bytes:
        """A last line without its end."""
        return self._rest

    def size(self) -> int:
        """Bytes read so far."""
        return self._offset

    def _parse(self, line: bytes) -> Record | None:
        try:
            return parse(line)
        except ValueError as error:
            if len(self.garbage) < 5:
                self.garbage.append(str(error))
            return None


def parse(line: bytes) -> Record:
    """One record, its paths relative to the repository. Raises ValueError that quotes a line which is none."""
    shown = line[:80].decode("utf-8", errors="backslashreplace")
    try:
        record = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"a record is not JSON: {shown!r}") from error
    error = jsonschema.exceptions.best_match(validator().iter_errors(record))
    if error is not None:
        raise ValueError(f"a record doesn't fit: {error.message[:200]}: {shown!r}")
    shorten_paths(record)
    return record


@cache
def validator() -> jsonschema.Draft202012Validator:
    """What a record must be, on the definitions of the results' schema."""
    name = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_/]{0,199}$"}
    seen = {"required": ["check", "violation"],
            "properties": {"check": name, "violation": {"$ref": "#/$defs/violation"}}}
    shapes = {"started": {"required": ["check"], "properties": {"check": name}}, "violation": seen, "stalled": seen,
              "finished": {"required": ["check"], "properties": {"check": {"$ref": "#/$defs/check"}}}, "done": {}}
    of_event = [{"if": {"properties": {"event": {"const": event}}}, "then": shape} for event, shape in shapes.items()]
    return jsonschema.Draft202012Validator({
        "type": "object", "required": ["event"], "properties": {"event": {"enum": list(shapes)}},
        "allOf": of_event,
        "$defs": json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]})


def shorten_paths(value: Any) -> None:
    """Makes every `file` in a record relative to the repository, in place, and the paths in a tool's `text`."""
    if isinstance(value, list):
        for item in value:
            shorten_paths(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "file" and isinstance(item, str):
                value[key] = stacks.relative(item)
            elif key == "text" and isinstance(item, str):
                value[key] = item.replace(f"{stacks.ROOT}/", "")
            else:
                shorten_paths(item)
