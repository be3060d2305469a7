"""`python -m binary`: write dist/nexshift."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from binary import debian, packages, sqlite
from binary.archive import write_archive
from binary.components import list_components
from binary.objects import check_complete, find_modules
from binary.program import link

_TARGET = packages.ROOT / "dist" / "nexshift"


def main() -> None:
    pure = packages.install_pure()
    built = {name: packages.compile_package(name) for name in packages.COMPILED}
    project = packages.compile_project()
    modules = find_modules([project / "package", *(folder / "package" for folder in built.values())])
    check_complete(pure, modules)
    library = sqlite.compile_sqlite()
    modules |= debian.compile_modules(library)
    entries = {
        "nexshift_start.py": (Path(__file__).parent / "start.py").read_bytes(),
        "nexshift/components.json": list_components(built, library),
    }
    with tempfile.TemporaryDirectory() as folder:
        whole = link(modules, library, Path(folder))
        write_archive(Path(folder) / "code.zip", debian.STANDARD_LIBRARY, [pure, project / "package"], entries)
        with whole.open("ab") as program:  # a zip is found from its end, so that anything may stand before it
            program.write((Path(folder) / "code.zip").read_bytes())
        _TARGET.parent.mkdir(exist_ok=True)
        shutil.move(whole, _TARGET)
    print(f"{_TARGET.relative_to(packages.ROOT)}: {_TARGET.stat().st_size / 1e6:.1f} MB")


main()
