"""Reads build/results/*.json: what each cell says happened, cleaned of anything that could harm a terminal or a page.

Nothing in a result is trusted. A file that is not a result becomes a record with a `problem`, never an exception.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from reporting.wording import ROOT

SCHEMAS = ROOT / "reports"

# Larger than any real result by two orders; a file beyond it is a runaway writer.
LARGEST_FILE = 64 * 1024 * 1024
LONGEST_TEXT = 16_000

# C0 and C1 controls drive terminals, bidirectional controls make source lie (CVE-2021-42574), and lone surrogates and
# non-characters can be written to neither UTF-8 nor XML. Tab and newline stay.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f"
                         "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Record:
    """One file of build/results. Its name gives `primitive` and `engine`; `data` is None if there is a `problem`."""

    path: Path
    primitive: str
    engine: str
    data: dict[str, Any] | None
    problem: str = ""


def clean(value: Any) -> Any:
    """The same JSON value with every string printable, and cut to LONGEST_TEXT characters with a note."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {clean_text(key): clean(item) for key, item in value.items()}
    return value


def clean_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """`text` with unprintable characters spelled as escapes."""
    cut = f" … (cut: {len(text):,} characters)" if len(text) > longest else ""
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text[:longest].replace("\r\n", "\n")) + cut


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """The schema reports/<name>.schema.json, checked itself."""
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def schema_problem(name: str, value: Any) -> str:
    """What makes `value` break reports/<name>.schema.json, as one sentence; empty if nothing does."""
    error = jsonschema.exceptions.best_match(validator(name).iter_errors(value))
    if error is None:
        return ""
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    return f"{place.lstrip('.') or 'the whole file'}: {clean_text(error.message, 300)}"


def refuse_number(text: str) -> None:
    raise ValueError(f"{text} is not a JSON number")


def read(path: Path) -> Record:
    """One result file."""
    primitive, _, engine = path.stem.rpartition(".")
    name = clean_text(primitive), clean_text(engine)
    try:
        if path.stat().st_size > LARGEST_FILE:
            return Record(path, *name, None, f"larger than {LARGEST_FILE // 2**20} MiB")
        text = path.read_bytes().decode("utf-8", errors="replace")
        data = clean(json.loads(text, parse_constant=refuse_number))
    except OSError as error:
        return Record(path, *name, None, f"can't be read: {error.strerror or error}")
    except RecursionError:
        return Record(path, *name, None, "is not a result: nested too deeply")
    except ValueError as error:
        return Record(path, *name, None, f"is not JSON, or was cut off: {clean_text(str(error), 300)}")
    if problem := schema_problem("result", data):
        return Record(path, *name, None, f"is not a result: {problem}")
    if (data["primitive"], data["engine"]) != (primitive, engine):
        return Record(path, *name, None, f"is named for {name[0]} on {name[1]}, "
                                         f"and holds {data['primitive']} on {data['engine']}")
    names = [check["check"] for check in data["checks"]]
    if twice := sorted({one for one in names if names.count(one) > 1}):
        return Record(path, *name, None, f"has a check twice: {', '.join(twice)}")
    return Record(path, *name, data)


def load(directory: Path) -> list[Record]:
    """Every *.json of `directory`, by name; none if there is no such directory."""
    return [read(path) for path in sorted(directory.glob("*.json"))]
