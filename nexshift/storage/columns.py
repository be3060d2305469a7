"""What may stand in a column: each kind of value as SQL, with the CHECK that refuses what import refuses."""

from __future__ import annotations

from nexshift.config import MAX_QUANTITY, MAX_TEXT
from nexshift.instants import EARLIEST, LATEST

_HEX = "[0-9a-f]"
_UUID_GLOB = "-".join(_HEX * length for length in (8, 4, 4, 4, 12))

ID = "id INTEGER PRIMARY KEY"
UUID = f"uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '{_UUID_GLOB}')"
COMPANY = "company_id INTEGER NOT NULL REFERENCES company (id)"


def text(name: str) -> str:
    return f"{name} TEXT NOT NULL CHECK (length({name}) BETWEEN 1 AND {MAX_TEXT})"


def optional_text(name: str) -> str:
    return f"{name} TEXT CHECK (length({name}) BETWEEN 1 AND {MAX_TEXT})"


def text_or_empty(name: str) -> str:
    return f"{name} TEXT NOT NULL DEFAULT '' CHECK (length({name}) <= {MAX_TEXT})"


def instant(name: str) -> str:
    return f"{name} INTEGER NOT NULL CHECK ({name} BETWEEN {EARLIEST} AND {LATEST})"


def optional_instant(name: str) -> str:
    return f"{name} INTEGER CHECK ({name} BETWEEN {EARLIEST} AND {LATEST})"


def quantity(name: str) -> str:
    return f"{name} REAL NOT NULL CHECK ({name} BETWEEN 0 AND {MAX_QUANTITY})"


def optional_quantity(name: str) -> str:
    return f"{name} REAL CHECK ({name} BETWEEN 0 AND {MAX_QUANTITY})"


def whole_number(name: str) -> str:
    return f"{name} INTEGER NOT NULL CHECK ({name} BETWEEN 0 AND {MAX_QUANTITY})"


def flag(name: str) -> str:
    return f"{name} INTEGER NOT NULL CHECK ({name} IN (0, 1))"


def choice(name: str, choices: tuple[str, ...]) -> str:
    allowed = ", ".join(f"'{choice}'" for choice in choices)
    return f"{name} TEXT NOT NULL CHECK ({name} IN ({allowed}))"
