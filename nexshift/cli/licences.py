"""`nexshift licences`: what others wrote, and how it may be used."""

from __future__ import annotations

import click

from nexshift.cli.printing import print_document, print_json, print_table
from nexshift.components import Component, list_components


@click.command()
@click.option("--full", is_flag=True, help="Print the licences' texts as well.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def licences(full: bool, as_json: bool) -> None:
    """List what others wrote that Nexshift contains, and its licences.

    No database is needed. What belongs to the Python of this machine is listed without its text, which is there.

    \b
    nexshift licences
    nexshift licences --full > licences.txt
    """
    components = list_components()
    if as_json:
        print_json([_as_json(component, full) for component in components])
    elif full:
        print_document("\n\n".join(component.describe() for component in components) + "\n")
    else:
        rows = [(component.name, component.version, component.licence) for component in components]
        print_table(("COMPONENT", "VERSION", "LICENCE"), rows)


def _as_json(component: Component, full: bool) -> dict[str, str]:
    found = {"name": component.name, "version": component.version, "licence": component.licence}
    return found | {"text": component.text} if full else found


COMMANDS = (licences,)
