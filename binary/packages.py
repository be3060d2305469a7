"""What of PyPI goes into the file?

The packages of `requirements.lock`, with hashes.  Pure code comes from their wheels.  Compiled modules are built from
the source distributions with one trick: where a package's build calls the linker for a shared object, the linker is
told to make a relocatable object instead (`-r`).  So each package keeps its own flags, generated sources and vendored
libraries, and what comes out can be linked into the program.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

from binary.steps import hash_files, run, step

ROOT = Path(__file__).parent.parent
RUNTIME_LOCK = ROOT / "requirements.lock"
BUILD_LOCK = ROOT / "requirements-binary.lock"

# Packages whose compiled modules are built in.  Others that have some also have the same in pure Python.
COMPILED = ("httptools", "isal", "msgspec", "multidict", "uvloop", "xxhash")

# Pure packages of which the index has no wheel, so that they are built from their sources; each with the source whose
# head states its licence, which then is not in its metadata.
UNBUILT = {"sly": "sly/lex.py"}

# What dependencies ask for but the program never imports, and that would be half of the file.
UNUSED = {
    "faker": "made-up data for polyfactory",
    "pip": "installs packages for sqlite-utils",
    "polyfactory": "made-up data for litestar's OpenAPI examples, which ours does not have",
    "pygments": "colours for rich",
    "rich": "colours for litestar's command line",
    "rich-click": "colours for litestar's command line",
    "markdown-it-py": "Markdown for rich",
    "mdurl": "Markdown for rich",
    "packaging": "other frameworks' versions, for swagger-ui-py",
    "httpx": "litestar's test client",
    "httpcore": "litestar's test client",
    "certifi": "litestar's test client",
    "jinja2": "templates for swagger-ui-py, of which only the assets are used",
    "markupsafe": "templates for swagger-ui-py, of which only the assets are used",
    "pysqlite3": "an SQLite for the Python of a machine; the file's own is linked in",
}

# Libraries that packages bring in their source distributions, and where their licences are there.
VENDORED = {
    "httptools": {"llhttp": "vendor/llhttp/LICENSE", "http-parser": "vendor/http-parser/LICENSE-MIT"},
    "isal": {"ISA-L": "src/isal/isa-l/LICENSE"},
    "uvloop": {"libuv": "vendor/libuv/LICENSE"},
    "xxhash": {"xxHash": "deps/xxhash/LICENSE"},
}

# Of our own: code, the steps of the schema, the sample plant, and the page /connect.
_SOURCES = frozenset({".py", ".pyi", ".pyx", ".pxd", ".typed", ".sql", ".csv", ".html", ".css", ".js", ".json"})

_PIP = ("-m", "pip", "--disable-pip-version-check")
_RELOCATABLE = {
    "LDSHARED": "gcc -r -nostdlib",
    "CFLAGS": "-O2 -g0 -fstack-protector-strong",
}


def install_pure() -> Path:
    """A folder of every package that is used, as `pip install --target` leaves it."""

    def fill(folder: Path) -> None:
        wanted = [pin for name, pin in _read_pins().items() if name not in UNUSED]
        with _written("".join(wanted)) as chosen:
            run(_python(), *_PIP, "install", "--require-hashes", "--no-deps",
                "--no-build-isolation", "--use-pep517", "--only-binary", ":all:", "--no-binary", ",".join(UNBUILT),
                "--no-compile", "--target", folder, "--requirement", chosen)  # fmt: skip
        for name, source in UNBUILT.items():
            (described,) = folder.glob(f"{name}-*.dist-info")
            (described / "LICENSE").write_text(_read_head(folder / source))  # sources do not come along

    return step("packages", [RUNTIME_LOCK.read_text(), sorted(UNUSED), sys.version], fill)


def _read_head(source: Path) -> str:
    lines = takewhile(lambda line: line.startswith("#"), source.read_text().splitlines())
    return "\n".join(line.lstrip("# ") for line in lines if "----" not in line).strip()


def compile_package(name: str) -> Path:
    """A folder of `package`, as built from its source distribution, and `vendored`, the licences of libraries in it.

    The package's modules, `a/b.*.so`, are relocatable objects.
    """
    pin = _read_pins()[name]

    def fill(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as sources, _written(pin) as chosen:
            run(_python(), *_PIP, "download", "--require-hashes", "--no-deps", "--no-build-isolation",
                "--no-binary", name, "--dest", sources, "--requirement", chosen)  # fmt: skip
            shutil.unpack_archive(next(Path(sources).iterdir()), sources)
            (source,) = (path for path in Path(sources).iterdir() if path.is_dir())
            _build(folder / "package", source)
            for library, licence in VENDORED.get(name, {}).items():
                (folder / "vendored").mkdir(exist_ok=True)
                shutil.copy(source / licence, folder / "vendored" / library)

    return step(name, [pin, BUILD_LOCK.read_text(), _RELOCATABLE, VENDORED.get(name), sys.version], fill)


def read_version(name: str) -> str:
    """The version that the lock pins."""
    return _read_pins()[name].split()[0].partition("==")[2]


def compile_project() -> Path:
    """A folder of `package`, our own, likewise."""
    sources = list(_list_sources())

    def fill(folder: Path) -> None:
        # In a copy: objects that another build has left in the tree would be taken for up to date.
        with tempfile.TemporaryDirectory() as copy:
            for path in sources:
                copied = Path(copy) / path.relative_to(ROOT)
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copied)
            _build(folder / "package", copy)

    return step("nexshift", [hash_files(sources), BUILD_LOCK.read_text(), _RELOCATABLE, sys.version], fill)


def _list_sources() -> Iterator[Path]:
    yield from (ROOT / name for name in ("setup.py", "pyproject.toml", "README.md"))
    for part in ("oee_core", "nexshift", "data"):
        for path in sorted((ROOT / part).rglob("*")):
            if path.suffix in _SOURCES:
                yield path


def _build(folder: Path, *what: object) -> None:
    with tempfile.TemporaryDirectory() as wheels:
        run(_python(), *_PIP, "wheel", "--no-deps", "--no-build-isolation",
            "--wheel-dir", wheels, *what, environment=_RELOCATABLE)  # fmt: skip
        (wheel,) = Path(wheels).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)


def _python() -> Path:
    """A Python with the tools that builds need, of their lock."""

    def fill(folder: Path) -> None:
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin" / "python", *_PIP, "install", "--require-hashes",
            "--requirement", BUILD_LOCK)  # fmt: skip

    return step("tools", [BUILD_LOCK.read_text(), sys.version], fill) / "bin" / "python"


def _read_pins() -> dict[str, str]:
    """Each package's lines of the lock, those for other systems left out."""
    pins = re.finditer(r"^([a-z0-9-]+)==(?:.*\\\n)*.*\n", RUNTIME_LOCK.read_text(), re.MULTILINE)
    return {pin[1]: pin[0] for pin in pins}


@contextmanager
def _written(text: str) -> Iterator[str]:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(text)
        file.flush()
        yield file.name
