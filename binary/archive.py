"""What is in the zip at the program's end?

All pure code, compiled: the standard library as far as a service may need it, the packages, ours; with their data and
their metadata.
"""

from __future__ import annotations

import marshal
import re
import zipfile
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path

_ALWAYS = (1980, 1, 1, 0, 0, 0)  # the time of every entry, so that the same build gives the same bytes

# Of the standard library: what the service has no use for.  Names are looked at from their beginning.
_STANDARD_LEFT_OUT = re.compile(
    r"""
    (test|unittest|idlelib|lib2to3|turtledemo|ensurepip|venv|distutils|pydoc_data|__pycache__)/  # for developers
    | (dist-packages|site-packages|lib-dynload|config-[^/]+)/  # not pure, not its own
    | (tkinter|curses)/ | turtle\.py  # windows on a screen
    | (msilib|_osx_support|_aix_support)\b | (dbm|xmlrpc)/
    | (pydoc|doctest|trace|tabnanny|webbrowser|antigravity|this|sitecustomize|_bootsubprocess)\.py
    | (cgi|cgitb|imaplib|nntplib|smtpd|poplib|telnetlib|ftplib|mailbox|asyncore|asynchat)\.py  # old protocols
    | (aifc|audioop|chunk|imghdr|ossaudiodev|sndhdr|sunau|uu|wave|xdrlib|pipes|crypt|nis)\.py  # old formats
    | (_pyio|_pydecimal)\.py  # twins of what is linked
    | encodings/(cp(?!437\.|1252\.)|mac_|iso8859_|iso2022|koi|kz|gb|big5|euc_|shift_|johab|hz|hp_|palmos|ptcp|tis_)
    """,
    re.VERBOSE,
)
# Of the packages: tests, type hints, sources of what is compiled, what pip notes, and assets that nobody is shown.
_LEFT_OUT = re.compile(
    r"""
    (.*/)?(tests?|testing|__pycache__|bin|_test_utils)/
    | .*\.(so|pyi|pyx|pxd|c|h|map|exe)$
    | .*/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$
    | swagger_ui/(templates|handlers)/
    | swagger_ui/static/(?!swagger-ui-bundle\.js$|swagger-ui\.css$|favicon-32x32\.png$)
    """,
    re.VERBOSE,
)


def write_archive(target: Path, standard_library: Path, packages: list[Path], extra: dict[str, bytes]) -> None:
    """Write the zip; `extra` are further entries, name -> content, and code where the name ends in `.py`."""
    entries = dict(_read_standard(standard_library))
    for folder in packages:
        entries |= _read_packages(folder)
    entries |= extra
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(entries):
            content = entries[name]
            if name.endswith(".py"):
                name, content = f"{name}c", _compile(name, content)  # noqa: PLW2901
            info = zipfile.ZipInfo(name, _ALWAYS)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content, compresslevel=9)


def _read_standard(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*.py"):
        name = path.relative_to(folder).as_posix()
        if not _STANDARD_LEFT_OUT.match(name):
            yield name, path.read_bytes()


def _read_packages(folder: Path) -> dict[str, bytes]:
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not _LEFT_OUT.match(name):
            found[name] = path.read_bytes()
    return found


def _compile(name: str, source: bytes) -> bytes:
    """The module as bytecode; tracebacks name it by its place in the archive."""
    code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    return MAGIC_NUMBER + bytes(12) + marshal.dumps(code)
