"""Write the sample plant's files: `python -m benchmarks.sample_plant [FOLDER]`, by default into `data/`."""

import sys
from pathlib import Path

from benchmarks.sample_plant import SEED, build_files

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "data"
folder.mkdir(parents=True, exist_ok=True)
files = build_files()
for name, content in files.items():
    (folder / name).write_bytes(content)
print(f"{len(files)} files, {sum(map(len, files.values())):,} bytes, from seed {SEED}, in {folder}")
