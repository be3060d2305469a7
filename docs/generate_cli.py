"""Writes docs/cli.md from what the commands themselves say: `python docs/generate_cli.py`."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path

import click

from nexshift.cli.group import nexshift
from nexshift.cli.serving import serve
from nexshift.cli.settings import list_options, name_option
from nexshift.web.settings import ServiceSettings

TARGET = Path(__file__).with_name("cli.md")

_BEFORE = """\
# The command line

<!-- Written by docs/generate_cli.py from the commands' own help; `make docs` writes it anew. -->

    nexshift [--db FILE] [--config FILE] COMMAND

`--db` stands before the command. Without it the database is `$NEXSHIFT_DB`, else `nexshift.db` in the folder you
are in. Every option may also be set by an environment variable or in a configuration file:
[operations.md](operations.md#configuration).

| Exit code | Means |
|---|---|
| 0 | done |
| 1 | refused or failed: one sentence on stderr, with a hint what to do |
| 2 | the command line itself is wrong or incomplete |
| 3 | done, but `import --skip-bad` left rows out |
| 130, 143 | stopped by Ctrl-C, or by the system, before it was done |

What a command is for (a key, a list, a template) is on stdout, and remarks are on stderr, so that `nexshift key create
--name Excel > key.txt` writes the key alone. `NEXSHIFT_DEBUG=1` shows where a fault in the program itself came from.
"""


def write_document() -> str:
    """The whole of docs/cli.md."""
    context = click.Context(nexshift, info_name="nexshift")
    sections = [_BEFORE, *_describe_all(nexshift, context)]
    return "\n".join(sections)


def _describe_all(group: click.Group, context: click.Context) -> Iterator[str]:
    for name, command in group.commands.items():
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield f"## {inner.command_path}\n\n{_write_help(command)}"
            yield from _describe_all(command, inner)
        else:
            yield _describe(command, inner)


def _describe(command: click.Command, context: click.Context) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    depth = "##" if context.parent and context.parent.parent is None else "###"
    lines = [f"{depth} {context.command_path}", "", f"    {usage}", "", _write_help(command)]
    rows = [_describe_option(option, context) for option in command.params if isinstance(option, click.Option)]
    if rows:
        lines += ["| Option | |", "|---|---|", *rows, ""]
    if command is serve:
        lines += [
            "All of it in a configuration file, with what holds where nothing is set:",
            "",
            *_write_table(command),
            "",
        ]
    if command.epilog:
        lines += [command.epilog, ""]
    return "\n".join(lines)


def _describe_option(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    names, text = record if record else (option.opts[0], "")
    return f"| `{names}` | {text} |".replace("  [", " [")


def _write_table(command: click.Command) -> Iterator[str]:
    """What a configuration file says when it says nothing else than the defaults."""
    yield "```toml"
    yield f"[{command.name}]"
    for option in list_options(command):
        default = getattr(ServiceSettings, str(option.name))
        if option.multiple:
            yield f"{name_option(option)} = []  # {option.metavar}, …"
        elif default is None:
            yield f'# {name_option(option)} = "{option.metavar}"'
        else:
            yield f"{name_option(option)} = {json.dumps(default)}"
    yield "```"


def _write_help(command: click.Command) -> str:
    """The help's paragraphs; what click prints as it stands are commands to type."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    written = []
    for paragraph in paragraphs:
        if paragraph.startswith("\b\n"):
            written.append("```sh\n" + paragraph.removeprefix("\b\n") + "\n```")
        else:
            written.append(paragraph)
    return "\n\n".join(written) + "\n"


if __name__ == "__main__":
    TARGET.write_text(write_document(), encoding="utf-8")
