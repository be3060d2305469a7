"""What is in a workbook that fetches its rows: its one query in M, and whatever else its parts hold."""

import base64
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

_MASHUP = re.compile(r"<DataMashup[^>]*>([^<]*)</DataMashup>")
_SECTION = re.compile(r'section Section1;\s+shared #"([^"]*)" =\s+(.*);', re.DOTALL)


def read_query(workbook: Path) -> tuple[str, str]:
    """Name and M of its one query ([MS-QDEFF] 2.1 and 2.3: a version, a length, and a zip of the formulas)."""
    with zipfile.ZipFile(workbook) as parts:
        items = [parts.read(name) for name in parts.namelist() if re.fullmatch(r"customXml/item\d+\.xml", name)]
    (mashup,) = (found[1] for item in items if (found := _MASHUP.search(item.decode(_encoding(item)))))
    packed = base64.b64decode(mashup)
    assert packed[:4] == bytes(4)
    length = int.from_bytes(packed[4:8], "little")
    with zipfile.ZipFile(io.BytesIO(packed[8 : 8 + length])) as formulas:
        assert [name for name in formulas.namelist() if name.endswith(".m")] == ["Formulas/Section1.m"]
        section = formulas.read("Formulas/Section1.m").decode()
    found = _SECTION.fullmatch(section)
    assert found is not None, section
    return found[1], found[2]


def read_all(workbook: Path) -> Iterator[str]:
    """Each of its parts as text, with what is packed inside the query's part."""
    with zipfile.ZipFile(workbook) as parts:
        for name in parts.namelist():
            part = parts.read(name)
            text = part.decode(_encoding(part))
            yield text
            for mashup in _MASHUP.findall(text):
                packed = base64.b64decode(mashup)
                yield packed.decode("latin-1")
                with zipfile.ZipFile(io.BytesIO(packed[8:])) as inner:
                    yield from (inner.read(each).decode("latin-1") for each in inner.namelist())


def _encoding(part: bytes) -> str:
    return "utf-16" if part.startswith(b"\xff\xfe") else "utf-8"
