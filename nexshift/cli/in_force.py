"""`nexshift config`: every option in force, and where its value comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from nexshift.cli.printing import print_json, print_table
from nexshift.cli.settings import Settings, list_options, name_option, warn_of_unknown_variables

_SHOWN = ("serve",)  # the commands whose options are listed also where nobody has set them


@dataclass(frozen=True, slots=True)
class InForce:
    """One option: what it is called in a configuration file, its value, and who set it."""

    option: str
    value: Any
    source: str
    name: str | None
    """Of the environment variable, or of the file."""

    @property
    def row(self) -> tuple[str, str, str]:
        return self.option, _show(self.value), f"{self.source} {self.name}" if self.name else self.source


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.pass_context
def config(context: click.Context, as_json: bool) -> None:
    """Print the options in force, and where each comes from.

    The command line wins over the environment, the environment over the configuration file, and that over the default.
    In the file, serve.port is `port` in the table [serve]; in the environment it is NEXSHIFT_SERVE_PORT. Options of
    other commands than `serve` are shown where the environment or the file sets them.

    \b
    nexshift config
    NEXSHIFT_SERVE_PORT=8443 nexshift --config /etc/nexshift.toml config
    """
    root = context.find_root()
    found = list(find_in_force(root))
    assert isinstance(root.command, click.Group)
    for name in _SHOWN:
        warn_of_unknown_variables(root.command.commands[name])
    if as_json:
        print_json([_as_json(each) for each in found])
    else:
        print_table(("OPTION", "VALUE", "FROM"), [each.row for each in found])


def find_in_force(root: click.Context) -> Iterator[InForce]:
    """The options before the command, those of `serve`, and whatever else is set."""
    yield from _of_command(root)
    yield from _of_group(root)


def _of_group(context: click.Context, *above: str) -> Iterator[InForce]:
    assert isinstance(context.command, click.Group)
    for name, command in context.command.commands.items():
        if isinstance(command, click.Group):
            yield from _of_group(click.Context(command, info_name=name, parent=context), *above, name)
            continue
        is_shown = name in _SHOWN
        inner = command.make_context(name, [], parent=context, resilient_parsing=not is_shown)
        for each in _of_command(inner, *above, name):
            if is_shown or each.source != "default":
                yield each


def _of_command(context: click.Context, *path: str) -> Iterator[InForce]:
    settings = context.find_object(Settings)
    for option in list_options(context.command):
        name = name_option(option)
        where: str | None = None
        match context.get_parameter_source(str(option.name)):
            case ParameterSource.COMMANDLINE:
                source = "command line"
            case ParameterSource.ENVIRONMENT:
                source, where = "environment", str(option.envvar)
            case ParameterSource.DEFAULT_MAP:
                source, where = "file", str(settings.config) if settings else None
            case _:
                source = "default"
        yield InForce(".".join((*path, name)), context.params[str(option.name)], source, where)


def _as_json(each: InForce) -> dict[str, Any]:
    value = str(each.value) if isinstance(each.value, Path) else each.value
    return {"option": each.option, "value": value, "source": each.source, "name": each.name}


def _show(value: Any) -> str:
    match value:
        case None | ():
            return "-"
        case tuple():
            return ", ".join(map(str, value))
        case bool():
            return json.dumps(value)
        case _:
            return str(value)


COMMANDS = (config,)
