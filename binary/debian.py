"""What of Debian's Python goes into the file?

The interpreter is Debian's own static library, built by Debian with all its optimizations and mended with its security
updates.  A few of CPython's compiled modules are not in it, but are shared objects beside it; those are compiled here
from Debian's source package, to be built in as well.
"""

from __future__ import annotations

import functools
import re
import sysconfig
from pathlib import Path

from binary.steps import run, step

PYTHON = f"python{sysconfig.get_python_version()}"
HEADERS = Path(sysconfig.get_path("include"))
LIBRARY = Path(sysconfig.get_config_var("LIBPL")) / f"lib{PYTHON}.a"
STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))

# Sources are fetched with a list of their own: the machine's lists need not name them, and are not touched.
_SOURCES = """\
Types: deb-src
URIs: http://deb.debian.org/debian
Suites: {release} {release}-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb-src
URIs: http://deb.debian.org/debian-security
Suites: {release}-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""

_MPDECIMAL = "basearith constants context convolute crt difradix2 fnt fourstep io mpalloc mpdecimal mpsignal"
_MPDECIMAL += " numbertheory sixstep transpose"
_SQLITE = "blob connection cursor microprotocols module prepare_protocol row statement util"

# Module -> its sources in CPython's folder `Modules`, and what they are compiled with, as CPython's own
# Modules/Setup.stdlib.in and Makefile say it.
_MODULES: dict[str, tuple[list[str], list[str]]] = {
    "_asyncio": (["_asynciomodule.c"], []),
    "_contextvars": (["_contextvarsmodule.c"], []),
    "_decimal": (
        ["_decimal/_decimal.c", *(f"_decimal/libmpdec/{name}.c" for name in _MPDECIMAL.split())],
        ["-I_decimal/libmpdec", "-DCONFIG_64=1", "-DANSI=1", "-DHAVE_UINT128_T=1"],
    ),
    "_hashlib": (["_hashopenssl.c"], []),
    "_json": (["_json.c"], []),
    "_multiprocessing": (["_multiprocessing/multiprocessing.c", "_multiprocessing/semaphore.c"], []),
    "_posixshmem": (["_multiprocessing/posixshmem.c"], []),
    "_queue": (["_queuemodule.c"], []),
    "_sqlite3": ([f"_sqlite/{name}.c" for name in _SQLITE.split()], ["-I_sqlite"]),
    "_ssl": (["_ssl.c"], []),
    "_typing": (["_typingmodule.c"], []),
    "_zoneinfo": (["_zoneinfo.c"], []),
    "mmap": (["mmapmodule.c"], []),
    "resource": (["resource.c"], []),
    "termios": (["termios.c"], []),
}
_FLAGS = ["-O2", "-g0", "-DNDEBUG", "-fwrapv", "-fno-strict-aliasing", "-fstack-protector-strong", "-w"]
_FLAGS += ["-DPy_BUILD_CORE_BUILTIN", "-I."]


def compile_modules(sqlite: Path) -> dict[str, Path]:
    """Name -> object, of each standard module that is needed and that the static library lacks.

    `sqlite` is the folder of the header of the SQLite that they are linked with.
    """
    source = _fetch_source()

    def fill(folder: Path) -> None:
        modules = next(source.glob("python*/Modules"))
        for name, (files, flags) in _MODULES.items():
            include = [f"-I{sqlite}", f"-I{HEADERS}", f"-I{HEADERS}/internal"]
            objects = [folder / f"{name}-{Path(file).stem}.o" for file in files]
            for file, made in zip(files, objects, strict=True):
                run("gcc", *_FLAGS, *include, *flags, "-c", file, "-o", made, folder=modules)
            run("ld", "-r", *objects, "-o", folder / f"{name}.o")
            for made in objects:
                made.unlink()

    folder = step("standard-modules", [source, _MODULES, _FLAGS, _get_version(), sqlite], fill)
    return {name: folder / f"{name}.o" for name in _MODULES}


@functools.cache
def _get_version() -> str:
    return run("dpkg-query", "--show", "--showformat=${Version}", f"lib{PYTHON}-dev")


def _fetch_source() -> Path:
    """Debian's source package of this Python, unpacked with Debian's patches."""

    def fill(folder: Path) -> None:
        release = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)
        if release is None:
            raise SystemExit("/etc/os-release does not say which Debian this is")
        (folder / "list.sources").write_text(_SOURCES.format(release=release[1]))
        for name in ("lists/partial", "cache"):
            (folder / name).mkdir(parents=True)
        own = ["-o", f"Dir::Etc::sourcelist={folder}/list.sources", "-o", "Dir::Etc::sourceparts=-"]
        own += ["-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache"]
        own += ["-o", "APT::Sandbox::User="]  # the folder is ours alone; apt's own user could not write there
        run("apt-get", *own, "update")
        _download(own, folder)

    return step("python-source", [_get_version()], fill)


def _download(own: list[str], folder: Path) -> None:
    """The installed version's source; where a mirror does not have that, the next of the same upstream version."""
    installed = _get_version()
    upstream = installed.rpartition("-")[0]
    known = re.findall(r"^Version: (\S+)", run("apt-cache", *own, "showsrc", PYTHON), re.MULTILINE)
    reasons = [f"no source package of {PYTHON} {installed} is known"]
    for version in sorted({version for version in known if version.rpartition("-")[0] == upstream}, reverse=True):
        try:
            run("apt-get", *own, "source", f"{PYTHON}={version}", folder=folder)
        except SystemExit as failure:
            reasons.append(str(failure))
            continue
        if version != installed:
            print(f"the source of {PYTHON} {installed} is not there to fetch; {version} is used", flush=True)
        return
    raise SystemExit("\n".join(reasons))
