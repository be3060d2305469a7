"""How does a value get into a unit's file, so that systemd reads what it was?

Quotation marks and backslashes, `%` (specifiers) and, in commands, `$` (variables) are escaped by systemd's rules
(systemd.syntax, systemd.unit, systemd.service).  What no file of lines of text can hold is refused.
"""

from __future__ import annotations

import re

from nexshift.errors import BadUsage, Refused

_match_user = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,30}").fullmatch  # as systemd has it, and short enough for all


def write_word(value: str) -> str:
    """One word of a setting.  Raises Refused for a line break and other characters that cannot stand there."""
    if not value.isprintable():  # nor half of a character, which is what bytes that are no UTF-8 become
        raise Refused(
            f"{value} cannot stand in a unit: it holds a line break or another character that cannot be printed",
            hint="give that another name",
        )
    word = value.replace("%", "%%")
    if any(character in word for character in " \"'\\;#"):
        word = '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return word


def write_argument(value: str) -> str:
    """One argument of a command, in which systemd puts no variable."""
    return write_word(value).replace("$", "$$")


def write_program(value: str) -> str:
    """The program of a command, in which `$` can neither stand for a variable nor be doubled."""
    if "$" in value:
        raise Refused(f"systemd cannot start {value}: it has a $ in its name", hint="move the program elsewhere")
    return write_word(value)


def check_user(name: str) -> str:
    """The name of a user as systemd takes it.  Raises BadUsage for any other text."""
    if _match_user(name) is None:
        raise BadUsage(
            f'"{name}" cannot be the name of a user of the system',
            hint="use letters, digits, - and _, such as nexshift",
        )
    return name
