"""Whatever a value is, systemd reads it as it was, or it is refused: no value becomes a setting of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nexshift.cli.unit_words import check_user, write_argument, write_word
from nexshift.errors import BadUsage, Refused
from tests.cli.conftest import Command
from tests.cli.test_unit import analyze, needs_systemd


def read_words(line: str) -> list[str]:
    """The words of a setting, as systemd.syntax has them: quotes, escapes, and then `%%`."""
    words: list[str] = []
    word: str | None = None
    quote = ""
    characters = iter(line)
    for character in characters:
        if character == "\\":
            following = next(characters)
            assert following in "\\\"'", "an escape with another meaning"
            word = (word or "") + following
        elif quote:
            if character == quote:
                quote = ""
            else:
                word = (word or "") + character
        elif character in "\"'" and word is None:
            quote, word = character, ""
        elif character in " \t\n\r":
            words += [] if word is None else [word]
            word = None
        else:
            assert character not in "\"'", "a quotation mark inside of a word"
            assert word is not None or character not in ";#", "the end of a command, or a comment"
            word = (word or "") + character
    assert not quote
    words += [] if word is None else [word]
    assert all(part.replace("%%", "").count("%") == 0 for part in words), "a specifier"
    return [part.replace("%%", "%") for part in words]


TEXT = st.text(st.sampled_from("ab/%$\"'\\;# é-@!+:{}=~*日"), min_size=1) | st.text(
    st.characters(blacklist_categories=["Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp", "Zs"]), min_size=1
)
thorough = settings(max_examples=500, deadline=None, derandomize=True, database=None)


@thorough
@given(st.lists(TEXT, min_size=1, max_size=4))
@example(["100%", "%h", "%%"])
@example(['a"b', "c'd", "e\\f", "\\"])
@example(["; rm", "#", "a;b"])
def test_a_word_is_read_as_it_was(values: list[str]) -> None:
    assert read_words(" ".join(map(write_word, values))) == values


@thorough
@given(st.lists(TEXT, min_size=1, max_size=4))
@example(["$HOME", "${HOME}", "$$", "$"])
def test_an_argument_holds_no_variable(values: list[str]) -> None:
    line = " ".join(map(write_argument, values))
    assert "$" not in line.replace("$$", "")
    assert [word.replace("$$", "$") for word in read_words(line)] == values


@thorough
@given(st.text(min_size=1).filter(lambda text: not text.isprintable()))
@example("a\nExecStartPre=/bin/false")
@example("a\r")
@example("a\tb")
@example("\udcff")
@example("a\x00b")
@example("a\u2028b")
def test_what_cannot_be_printed_is_refused(value: str) -> None:
    with pytest.raises(Refused, match="cannot stand in a unit"):
        write_word(value)


@pytest.mark.parametrize(
    "name",
    ["", "root\nExecStartPre=/bin/false", "a b", "%u", "$USER", "a;b", "-x", "0", "é", "a" * 32, "../x", "'a'", "a\t"],
)
def test_what_is_no_name_of_a_user_is_refused(run: Command, name: str) -> None:
    with pytest.raises(BadUsage):
        check_user(name)
    result = run("service", "--user", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be the name of a user of the system" in result.stderr


@pytest.mark.parametrize("name", ["nexshift", "_plant", "svc-plant.1", "A_b"])
def test_a_name_of_a_user_is_taken(run: Command, name: str) -> None:
    assert f"\nUser={name}\nGroup={name}\n" in run("service", "--user", name).stdout


FORGED = "x\nExecStartPre=/bin/false\n#"


@pytest.mark.parametrize(
    "options",
    [("--db", f"/srv/{FORGED}/p.db"), ("--db", "/srv/\udcff.db"), ("--config", FORGED)],
    ids=["database", "bytes that are no text", "configuration"],
)
def test_a_line_break_in_a_path_is_refused_and_prints_no_unit(run: Command, options: tuple[str, ...]) -> None:
    if options[0] == "--config":
        Path(FORGED.replace("/", "_")).write_text("")
        options = ("--config", FORGED.replace("/", "_"))
    result = run(*options, "service")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot stand in a unit" in result.stderr


def test_a_line_break_in_the_environment_is_refused(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXSHIFT_SERVE_BACKUP_DIR", f"/srv/{FORGED}")
    result = run("service")
    assert (result.exit_code, result.stdout) == (1, "")
    monkeypatch.setenv("NEXSHIFT_SERVE_BACKUP_DIR", "/srv")
    monkeypatch.setenv("NEXSHIFT_SERVE_HOST", FORGED)
    assert run("service").exit_code == 1


def test_a_program_with_a_dollar_sign_in_its_path_is_refused(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/opt/$x/nexshift"])
    result = run("service")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "it has a $ in its name" in result.stderr


@needs_systemd
@pytest.mark.parametrize("name", ["my plant", "100%", "%h", "$HOME ${x}", "a\"b'c", "back\\slash\\", "; false", "#1 é"])
def test_systemd_finds_nothing_wrong_with_any_name(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/env"])
    monkeypatch.setenv("NEXSHIFT_SERVE_BACKUP_DIR", f"/srv/{name}")
    file = tmp_path / "nexshift.service"
    file.write_text(run("--db", f"/srv/{name}/p.db", "service").stdout)
    done = analyze("verify", str(file))
    assert (done.returncode, done.stderr) == (0, "")
