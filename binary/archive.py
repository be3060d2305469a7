"""What is in the zip at the program's end?

All pure code, compiled: the standard library as far as a service may need it, the packages, ours; with their data and
their metadata.  What is imported at every start is stored as it is, the rest is compressed.
"""

from __future__ import annotations

import marshal
import re
import zipfile
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path

_ALWAYS = (1980, 1, 1, 0, 0, 0)  # the time of every entry, so that the same build gives the same bytes

# Of the standard library: tests, tools of developers, other systems, windows on a screen.
_STANDARD_LEFT_OUT = re.compile(
    r"(test|tests|idlelib|lib2to3|tkinter|turtledemo|ensurepip|distutils|dist-packages|site-packages|pydoc_data|venv"
    r"|config-[^/]*|lib-dynload|__pycache__|curses|dbm|msilib|xmlrpc|unittest"
    r"|(turtle|pydoc|doctest|cgi|_pyio|_pydecimal|cgitb|imaplib|nntplib|smtpd|poplib|telnetlib|ftplib|mailbox|antigravity|this"
    r"|sitecustomize|_osx_support|_aix_support|_bootsubprocess|webbrowser|tabnanny|trace|sndhdr"
    r"|sunau|aifc|wave|chunk|audioop|imghdr|uu|xdrlib|pipes|crypt|nis|ossaudiodev|asyncore|asynchat)\.py)(/.*)?"
)
# Of the packages: tests, type hints, sources of what is compiled, and assets that nobody is shown.
_LEFT_OUT = re.compile(
    r"(.*/)?(tests?|testing|__pycache__|bin|_test_utils)/.*|.*\.(so|pyi|pyx|pxd|c|h|map|exe)|.*/(RECORD|INSTALLER|REQUESTED|direct_url\.json)"
    r"|swagger_ui/(templates|static/(?!swagger-ui-bundle\.js$|swagger-ui\.css$|favicon-32x32\.png$)).*"
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
        if not _STANDARD_LEFT_OUT.fullmatch(name):
            yield name, path.read_bytes()


def _read_packages(folder: Path) -> dict[str, bytes]:
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not _LEFT_OUT.fullmatch(name):
            found[name] = path.read_bytes()
    return found


def _compile(name: str, source: bytes) -> bytes:
    """The module as bytecode; tracebacks name it by its place in the archive."""
    code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    return MAGIC_NUMBER + bytes(12) + marshal.dumps(code)
