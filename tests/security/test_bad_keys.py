"""How much of a guessed key is right shows nowhere: not in the answer, not in what is asked of the database.

The text of a key is checked for its public shape and checksum, and then only ever hashed; its SHA-256 is looked up.
`benchmarks/bad_keys.py` measures that it does not show in the time either.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import nexshift
from benchmarks.bad_keys import RANDOM_LETTERS, guess
from nexshift.storage.key_text import hash_key, is_well_formed
from nexshift.storage.keys import find_grant
from nexshift.storage.library import sqlite3
from tests.security.wire import Service
from tests.web.plant import INCIDENTS

SOURCES = Path(nexshift.__file__).parent
ASKED_BY_REQUESTS = [*(SOURCES / "web").glob("*.py"), *(SOURCES / "storage").glob("*.py")]
RIGHT = range(RANDOM_LETTERS)  # letters of a guess that are right


def test_a_guess_is_as_well_formed_as_a_key(service: Service) -> None:
    key = service.keys["all"]
    for right in RIGHT:
        guessed = guess(key, right)
        assert is_well_formed(guessed)
        assert guessed[: 4 + right] == key[: 4 + right]
        assert guessed[4 + right] != key[4 + right]


def test_every_guess_gets_the_same_answer(service: Service) -> None:
    answers = set()
    for right in RIGHT:
        sent = b"Authorization: Bearer " + guess(service.keys["all"], right).encode()
        answer = service.ask(INCIDENTS.encode(), sent, key=None)
        varying = {"date", "x-request-id"}
        headers = tuple((name, value) for name, value in answer.headers.items() if name not in varying)
        answers.add((answer.status, headers, answer.body))
    assert len(answers) == 1
    assert answers.pop()[0] == 401


@pytest.fixture
def connection(service: Service) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{service.database}?mode=ro", uri=True)
    yield connection
    connection.close()


def test_the_database_is_asked_for_a_hash_and_nothing_else(service: Service, connection: sqlite3.Connection) -> None:
    key = service.keys["all"]
    for text in (key, *(guess(key, right) for right in RIGHT)):
        asked: list[str] = []
        connection.set_trace_callback(asked.append)
        assert (find_grant(connection, text, 0) is not None) == (text == key)
        connection.set_trace_callback(None)
        (statement,) = asked
        (digest,) = re.findall("[0-9A-F]{64}", statement.upper())
        assert bytes.fromhex(digest) == hash_key(text)
        assert text[4:12] not in statement


def test_the_database_holds_no_key(service: Service) -> None:
    files = list(service.database.parent.glob(f"{service.database.name}*"))
    held = b"".join(file.read_bytes() for file in files)
    for key in service.keys.values():
        assert hash_key(key) in held
        for start in range(0, len(key) - 8, 8):
            assert key[start : start + 8].encode() not in held


# `hand_over` is how the command line prints a new key, before it is stored.
MAY_TAKE_A_KEY = {"is_well_formed", "hash_key", "sha256", "find_grant", "find", "_find", "hand_over"}


def uses(tree: ast.AST) -> Iterator[str]:
    """What is done with anything that is named `key_text`, other than binding it."""
    parents = {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "key_text" and isinstance(node.ctx, ast.Load):
            yield describe(node, parents)


def describe(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    parent = parents[node]
    match parent:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name if name in MAY_TAKE_A_KEY else ast.unparse(parent)
        case ast.Attribute(attr="encode"):
            return describe(parents[parent], parents)
        case ast.Compare(ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return "is None"
        case ast.Return() | ast.Tuple():
            return "returned"
        case _:
            return ast.unparse(parent)


def test_the_text_of_a_key_is_only_hashed() -> None:
    allowed = MAY_TAKE_A_KEY | {"is None", "returned"}
    found = set()
    for file in ASKED_BY_REQUESTS:
        if file.name != "key_text.py":
            for use in uses(ast.parse(file.read_text(encoding="utf-8"))):
                assert use in allowed, f"{file.relative_to(SOURCES)}: {use}"
                found.add(use)
    assert {"is_well_formed", "hash_key", "sha256", "find_grant"} <= found


def test_a_comparison_of_keys_would_be_seen() -> None:
    assert list(uses(ast.parse("if key_text == stored: pass"))) == ["key_text == stored"]
    assert list(uses(ast.parse("key_text.startswith(known)"))) == ["key_text.startswith"]
    assert list(uses(ast.parse("compare(key_text)"))) == ["compare(key_text)"]
