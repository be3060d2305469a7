"""What that others wrote does this installation contain, and under which licences?

Python packages say so themselves, in the metadata that is installed with them.  What is in the page at /connect is
listed beside it.  What is compiled into a single file has no metadata: whoever builds such a file puts
`components.json` beside this module.  Where there is none, Nexshift runs in a Python of the machine, and that and its
libraries are named with the versions that answer.
"""

from __future__ import annotations

import json
import re
import ssl
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from itertools import takewhile
from typing import Any

from nexshift.storage.library import sqlite3

UNKNOWN = "not stated"
_LONGEST_NAME_OF_A_LICENCE = 60  # characters; some packages put the whole text where its name belongs
_STATED_IN_A_SOURCE = {"sly": "sly/lex.py"}  # packages whose licence is only a comment at the head of their sources
_NAMED_NOWHERE = {"pysqlite3": "Zlib"}  # packages that bring the text of their licence without its name
_USUAL_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING")
_REQUIREMENT = re.compile(r"\s*(?P<name>[\w.-]+)\s*(?:\[(?P<extras>[^\]]*)\])?(?P<rest>[^;]*)(?:;(?P<marker>.*))?")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")


@dataclass(frozen=True, slots=True)
class Component:
    """`text` is all that its licence files say, empty where they are not part of the installation."""

    name: str
    version: str
    licence: str
    text: str

    def describe(self) -> str:
        """Its name and its licence's text, to be read."""
        heading = f"{self.name} {self.version}: {self.licence}"
        return f"{heading}\n{'=' * len(heading)}\n\n{self.text or 'Its text comes with the Python of this machine.'}"


def list_components() -> list[Component]:
    """All of them, by name."""
    found = [*_packages("nexshift"), *list_components_of_page(), *(_compiled_in() or _of_this_python())]
    return sorted(found, key=lambda component: (component.name.casefold(), component.version))


def list_components_of_page() -> list[Component]:
    """What the script of the page at /connect contains; whoever builds the page lists it."""
    return _read_list(resources.files("nexshift") / "web" / "connect" / "licences.json")


def _packages(root: str) -> Iterator[Component]:
    """Whatever `root` requires, and what that requires, as far as it is installed; `root` itself is ours."""
    waiting = _required_by(metadata.distribution(root), frozenset())
    followed: set[tuple[str, frozenset[str]]] = set()
    named = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in followed:
            continue
        followed.add((name, extras))
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system, or left out of a single file because nothing uses it
        waiting += _required_by(distribution, extras)
        if name not in named:
            named.add(name)
            yield _describe(distribution)


def _required_by(distribution: metadata.Distribution, extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    """Its requirements with the extras that they ask for; those of its own extras only if they are in `extras`."""
    found = []
    for requirement in distribution.requires or []:
        parts = _REQUIREMENT.match(requirement)
        if parts is None:
            raise ValueError(f"{distribution.name} requires something illegible: {requirement}")
        wanted_by = set(_EXTRA.findall(parts["marker"] or ""))
        if not wanted_by or wanted_by & extras:
            asked = (extra.strip().lower() for extra in (parts["extras"] or "").split(","))
            name = re.sub(r"[-_.]+", "-", parts["name"]).lower()
            found.append((name, frozenset(filter(None, asked))))
    return found


def _describe(distribution: metadata.Distribution) -> Component:
    return Component(distribution.name, distribution.version, _licence(distribution), _texts(distribution))


def _licence(distribution: metadata.Distribution) -> str:
    fields = distribution.metadata
    for name in ("License-Expression", "License"):
        first = next(iter(fields.get_all(name) or []), "").strip().partition("\n")[0]
        if 0 < len(first) <= _LONGEST_NAME_OF_A_LICENCE:
            return first
    classifiers = [text for text in fields.get_all("Classifier") or [] if text.startswith("License ::")]
    named = " / ".join(text.rpartition("::")[2].strip() for text in classifiers)
    return named or _NAMED_NOWHERE.get(distribution.name, UNKNOWN)


def _texts(distribution: metadata.Distribution) -> str:
    named = distribution.metadata.get_all("License-File") or []
    texts = _read_all(distribution, named) or _read_all(distribution, _USUAL_FILES)
    return "\n\n".join(texts) or read_licence_in_source(distribution)


def read_licence_in_source(distribution: metadata.Distribution) -> str:
    """The comment at the head of a package's source that states its licence; empty where there is no such."""
    source = _STATED_IN_A_SOURCE.get(distribution.name)
    path: Any = distribution.locate_file(source) if source else None  # of a folder or a zip
    if path is None or not path.is_file():
        return ""
    lines = takewhile(lambda line: line.startswith("#"), path.read_text(encoding="utf-8").splitlines())
    return "\n".join(line.lstrip("# ") for line in lines if "----" not in line).strip()


def _read_all(distribution: metadata.Distribution, names: Iterable[str]) -> list[str]:
    """Older packages keep such files beside their metadata, newer ones in a folder `licenses` there."""
    texts = (distribution.read_text(f"licenses/{name}") or distribution.read_text(name) for name in names)
    return [text.strip() for text in texts if text]


def is_single_file() -> bool:
    """Whether this is the program that holds all it needs, to which nothing can be added."""
    return _compiled_in_list().is_file()


def _compiled_in() -> list[Component]:
    return _read_list(_compiled_in_list()) if is_single_file() else []


def _compiled_in_list() -> Traversable:
    return resources.files("nexshift") / "components.json"


def _read_list(listed: Traversable) -> list[Component]:
    return [
        Component(entry["name"], entry["version"], entry["licence"], entry["text"])
        for entry in json.loads(listed.read_text(encoding="utf-8"))
    ]


def _of_this_python() -> list[Component]:
    return [
        Component("Python", sys.version.split()[0], "PSF-2.0", ""),
        Component("SQLite", sqlite3.sqlite_version, "Public Domain", ""),
        Component("OpenSSL", ssl.OPENSSL_VERSION.split()[1], "Apache-2.0", ""),
        Component("zlib", zlib.ZLIB_RUNTIME_VERSION, "Zlib", ""),
    ]
