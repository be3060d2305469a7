"""Under which licences is what the file contains?

Python packages carry their licences in their metadata, which is in the file as well.  What is linked in is listed
here, with the texts that Debian and the source distributions bring.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from binary import sqlite
from binary.debian import PYTHON
from binary.packages import VENDORED, read_version
from binary.steps import run

_GCC = run("gcc", "-dumpversion").strip().partition(".")[0]

# Name, licence, Debian package whose copyright file holds the text.
_FROM_DEBIAN = (
    ("CPython", "PSF-2.0", f"lib{PYTHON}-dev"),
    ("Expat", "MIT", "libexpat1-dev"),
    ("GCC runtime", "GPL-3.0-or-later WITH GCC-exception-3.1", f"libgcc-{_GCC}-dev"),
    ("GNU C Library", "LGPL-2.1-or-later", "libc6-dev"),
    ("OpenSSL", "Apache-2.0", "libssl-dev"),
    ("zlib", "Zlib", "zlib1g-dev"),
)
_LICENCES = Path("/usr/share/common-licenses")
_VENDORED_LICENCES = {
    "http-parser": "MIT",
    "ISA-L": "BSD-3-Clause",
    "libuv": "MIT",
    "llhttp": "MIT",
    "xxHash": "BSD-2-Clause",
}


def list_components(built: dict[str, Path], library: Path) -> bytes:
    """The JSON that `nexshift licences` reads; `built` are the folders of packages by name, `library` is SQLite's."""
    found = [
        _entry(name, _debian_version(package), licence, _read_debian(package))
        for name, licence, package in _FROM_DEBIAN
    ]
    found.append(_entry("SQLite", sqlite.read_version(library), "Public Domain", (library / "LICENCE").read_text()))
    for package, libraries in VENDORED.items():
        for name in libraries:
            text = (built[package] / "vendored" / name).read_text()
            found.append(_entry(name, f"in {package} {read_version(package)}", _VENDORED_LICENCES[name], text))
    # Its assets come in swagger-ui-py, without their licence.
    shown = read_version("swagger-ui-py")
    found.append(
        _entry("Swagger UI", f"in swagger-ui-py {shown}", "Apache-2.0", (_LICENCES / "Apache-2.0").read_text())
    )
    return json.dumps(found, indent=1).encode()


def _entry(name: str, version: str, licence: str, text: str) -> dict[str, str]:
    return {"name": name, "version": version, "licence": licence, "text": text.strip()}


def _debian_version(package: str) -> str:
    return run("dpkg-query", "--show", "--showformat=${Version}", package)


def _read_debian(package: str) -> str:
    """Its copyright file, followed by the licences that it refers to."""
    text = Path(f"/usr/share/doc/{package}/copyright").read_text(errors="replace")
    for named in sorted(set(re.findall(rf"{_LICENCES}/[\w.-]*\w", text))):
        text += f"\n\n{'-' * 100}\n{named}\n\n{Path(named).read_text()}"
    return text
