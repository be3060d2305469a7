"""What does the configuration file say?  TOML, whose tables are the commands and whose keys are their options.

The values become click's `default_map`, so that they stand in for defaults and give way to the environment and the
command line.  A file that says anything that no command understands is refused whole: a slip must not pass for a
setting.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import click

from nexshift.cli.settings import list_options, name_option
from nexshift.config import MAX_CONFIG_BYTES
from nexshift.errors import BadUsage, nearest

DEFAULT_FILE = "nexshift.toml"

_HEADER = re.compile(r"\s*\[\s*([\w.-]+)\s*\]")
_PLACE = re.compile(r"^(.*) \(at (?:line (\d+), column \d+|end of document)\)$", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TABLES = "a table is named after a command, as [serve], and takes its options without the dashes; above all tables: db"


def load_config(file: Path, command: click.Command) -> dict[str, Any]:
    """The file's values as click wants its defaults: by command, then by parameter.  BadUsage for a fault in it."""
    return _Reading(file, _read(file)).take(command, ())


def list_set(values: Mapping[str, Any], command: click.Command, *table: str) -> Iterator[str]:
    """What such values set, as the file names it."""
    for option in list_options(command):
        if option.name in values:
            yield ".".join((*table, name_option(option)))
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            if name in values:
                yield from list_set(values[name], inner, *table, name)


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_CONFIG_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadUsage(
            f"the configuration file {file} cannot be read: {reason}",
            hint="name another one with --config FILE before the command, or unset NEXSHIFT_CONFIG",
        ) from error
    if len(content) > MAX_CONFIG_BYTES:
        raise BadUsage(
            f"{file} is no configuration file: it is longer than {MAX_CONFIG_BYTES:,} bytes",
            hint="--config names a TOML file; the database is named with --db",
        )
    try:
        return content.decode("utf-8-sig")  # Notepad begins a file with a byte-order mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadUsage(f"{file}: line {line}: this is not UTF-8 text", hint="save the file as UTF-8") from error


class _Reading:
    """One file, while its values are taken out of it."""

    def __init__(self, file: Path, text: str) -> None:
        self._file = file
        self._lines = text.splitlines()
        self._values: Mapping[str, Any] = self._parse(text)

    def _parse(self, text: str) -> dict[str, Any]:
        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            found = _PLACE.match(str(error))
            reason, line = (found[1], int(found[2] or len(self._lines))) if found else (str(error), None)
            hint = "see https://toml.io, or the examples in docs/operations.md"
            if line is not None and "\\" in "".join(self._lines[line - 1 : line]):
                hint = r"write a Windows path in single quotes, such as 'C:\plant\plant.db'"
            self._refuse(line, f"this is not TOML: {reason[:1].lower()}{reason[1:]}", hint, error)

    def take(self, command: click.Command, table: tuple[str, ...]) -> dict[str, Any]:
        """What the file says about a command, and in a group about the commands in it."""
        values = self._values
        for name in table:
            values = values[name]
        options = {name_option(option): option for option in list_options(command) if name_option(option) != "config"}
        commands: Mapping[str, click.Command] = command.commands if isinstance(command, click.Group) else {}
        taken: dict[str, Any] = {}
        for key, value in values.items():
            if key in options:
                taken[str(options[key].name)] = self._convert(options[key], value, (*table, key))
            elif key in commands and isinstance(value, dict):
                taken[key] = self.take(commands[key], (*table, key))
            else:
                self._refuse_key((*table, key), value, [*options], commands)
        return taken

    def _convert(self, option: click.Option, value: Any, path: tuple[str, ...]) -> Any:
        wanted, is_good = _expect(option)
        if not is_good(value):
            self._refuse(self._find_line(path), f"{'.'.join(path)} must be {wanted}, not {_describe(value)}")
        try:
            cast = option.type_cast_value(click.Context(click.Command(None)), value)
        except click.BadParameter as error:
            self._refuse(self._find_line(path), f"{'.'.join(path)}: {error.message}", cause=error)
        if any(_CONTROL.search(str(text)) for text in (value if option.multiple else [value])):
            # such as one that clears the terminal when --help shows the value
            sentence = f"{'.'.join(path)} has a control character in it: {_describe(value)}"
            self._refuse(self._find_line(path), sentence, "write the value without it")
        return Path(self._file.parent, value) if isinstance(cast, Path) else value

    def _refuse_key(
        self, path: tuple[str, ...], value: Any, options: list[str], commands: Mapping[str, click.Command]
    ) -> NoReturn:
        *table, key = path
        line = self._find_line(path)
        if key in commands and path != ("config",):  # which would be a file that names another
            self._refuse(line, f"{'.'.join(path)} is a command, and must be a table: [{'.'.join(path)}]")
        is_table = isinstance(value, dict)
        guess = nearest(key, commands if is_table else options)
        owners = [name for name, command in commands.items() if key in map(name_option, list_options(command))]
        if owners and not is_table:
            guess = f"{key} in the table [{'.'.join((*table, owners[0]))}]"
        proposal = f"did you mean {guess}? " if guess else ""
        allowed = f"[{'.'.join(table)}] takes: {', '.join(options)}" if table and options else _TABLES
        self._refuse(line, f'there is no {"table" if is_table else "option"} "{".".join(path)}"', proposal + allowed)

    def _find_line(self, path: tuple[str, ...]) -> int | None:
        """Where a table begins or a key is set; None when it is written in a rarer way."""
        *table, key = path
        key_here = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=""")
        current: list[str] = []
        for number, line in enumerate(self._lines, start=1):
            if header := _HEADER.match(line):
                current = header[1].split(".")
                if current[: len(path)] == [*path]:
                    return number
            elif current == table and key_here.match(line):
                return number
        return None

    def _refuse(self, line: int | None, sentence: str, hint: str = "", cause: Exception | None = None) -> NoReturn:
        place = f"{self._file}: line {line}" if line is not None else f"{self._file}"
        raise BadUsage(f"{place}: {sentence}", hint=hint) from cause


def _expect(option: click.Option) -> tuple[str, Any]:
    """What TOML must hold for an option, in words and as a test; a number in quotes is a slip, and so is 80.5."""
    if option.multiple:
        return "a list of texts", lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value)
    if option.is_flag:
        return "true or false", lambda value: isinstance(value, bool)
    if isinstance(option.type, type(click.INT)):
        return "a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)
    return "a text", lambda value: isinstance(value, str) and value != ""


def _describe(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'the text "{value}"' if value else "an empty text"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a table"
    return str(value)
