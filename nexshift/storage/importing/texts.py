"""In which encoding was a file saved, and what is said of one that cannot be read?

UTF-8 with or without a byte-order mark, and UTF-16 with one, as Excel writes "Unicode text".  Nothing is guessed
beyond that: a wrong guess would store wrong names.
"""

from __future__ import annotations

import io
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nexshift.config import MAX_LINE
from nexshift.errors import Refused

ADVICE = 'in Excel, choose "Save as" and the type "CSV UTF-8 (Comma delimited)"'
_PIECE = 1 << 20
_UNPACK = "unpack it first, and import what is in it"
_SIGNATURES = {
    b"PK\x03\x04": ("a workbook or a ZIP file", ADVICE),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ("a workbook or a document of an older Office", ADVICE),
    b"\x1f\x8b": ("compressed with gzip", _UNPACK),
    b"BZh": ("compressed with bzip2", _UNPACK),
    b"\xfd7zXZ\x00": ("compressed with xz", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", _UNPACK),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", _UNPACK),
    b"SQLite format 3\x00": (
        "a SQLite database",
        "import reads tables of text; restore puts a copy of a database back",
    ),
    b"PAR1": ("a Parquet file", "save it as CSV or NDJSON"),
    b"%PDF-": ("a PDF document", "save its table as CSV"),
}
"""What a file begins with that is no text, what it is then, and what to do."""


@dataclass(slots=True)
class Text:
    """An opened text file."""

    path: Path
    shown: Path
    """What messages call it."""
    binary: io.BufferedReader
    stream: io.TextIOWrapper
    has_mark: bool
    """Whether it began with a byte-order mark, as programs of the Office kind write and expect."""
    is_tabbed: bool
    """Whether files of its kind hold tables with tabs."""
    _last: tuple[int, str] = (0, "")
    """The last line of a file that was read to its end, and its number."""

    def lines(self) -> Iterator[str]:
        """Its physical lines with their ends; Refused, naming the line, for bytes that are not text."""
        number = 0
        line = last = ""
        with self._decoding():
            while line := self.stream.readline(MAX_LINE):
                number += 1
                if len(line) == MAX_LINE:
                    raise Refused(
                        f"{self.shown}:{number}: the line is longer than {MAX_LINE:,} characters",
                        hint="check that this is the right file",
                    )
                yield line
                last = line
        self._last = number, last

    def find_cut(self) -> int | None:
        """The line at which a file breaks off that was read to its end: without a line end, as no other line is.

        What ends with a quotation mark was not cut within its last cell.
        """
        number, last = self._last
        is_whole = number < 2 or last.endswith(("\n", "\r", '"'))
        return None if is_whole else number

    def read_whole(self) -> str:
        """All of it at once; Refused for bytes that are not text."""
        with self._decoding():
            return self.stream.read()

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError as error:
            raise _undecodable(self.path, self.shown, error) from error
        except OSError as error:
            raise unreadable(self.shown, error) from error

    def holds(self, word: str) -> bool:
        """Whether the word is anywhere in what is left to read; a piece is read at a time."""
        end = ""
        with self._decoding():
            while piece := self.stream.read(_PIECE):
                if word in end + piece:
                    return True
                end = piece[1 - len(word) :]
        return False

    def bytes_read(self) -> int:
        return self.binary.tell()


@contextmanager
def opened(path: Path, shown: Path | None = None) -> Iterator[Text]:
    """The file as text, closed at the end; Refused when it cannot be opened or is no text of a known encoding.

    Messages call it `shown`, where that is not its path.
    """
    shown = shown or path
    try:
        binary = path.open("rb")
    except OSError as error:
        raise unreadable(shown, error) from error
    with binary:
        try:
            encoding = _recognize(shown, binary.read(4096))
            binary.seek(0)
        except OSError as error:
            raise unreadable(shown, error) from error
        # newline="" leaves line ends inside of quoted cells as they are
        with io.TextIOWrapper(binary, encoding=encoding, newline="") as stream:
            is_tabbed = encoding == "utf-16" or path.suffix.lower() == ".tsv"
            yield Text(path, shown, binary, stream, has_mark=encoding != "utf-8", is_tabbed=is_tabbed)


def unreadable(path: Path, error: OSError) -> Refused:
    """What the operating system says about a file that should be read."""
    return Refused(
        f"{path} cannot be read: {error.strerror or error}", hint="check its name, its folder and its permissions"
    )


def _recognize(path: Path, head: bytes) -> str:
    if head.startswith((BOM_UTF32_LE, BOM_UTF32_BE)):
        raise Refused(f"{path} is encoded in UTF-32", hint=f"save it as UTF-8: {ADVICE}")
    if head.startswith(BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    for signature, (what, hint) in _SIGNATURES.items():
        if head.startswith(signature):
            raise Refused(f"{path} is {what}, whatever its name", hint=hint)
    if head.count(0) > len(head) // 4:
        raise Refused(f"{path} is not text, or is UTF-16 without a byte-order mark", hint=f"save it as UTF-8: {ADVICE}")
    return "utf-8"


def _undecodable(path: Path, shown: Path, error: UnicodeDecodeError) -> Refused:
    if error.encoding.startswith("utf-16"):
        return Refused(f"{shown} is damaged: it is not valid UTF-16", hint=f"save it again: {ADVICE}")
    # The decoder works in chunks and does not know the line, so the file is read once more up to it.
    with path.open("rb") as binary:
        for number, line in enumerate(iter(lambda: binary.readline(MAX_LINE), b""), start=1):
            try:
                line.decode()
            except UnicodeDecodeError as found:
                byte = line[found.start]
                return Refused(
                    f"{shown}:{number}: byte {found.start + 1} of the line (0x{byte:02X}) is not UTF-8",
                    hint=f"save the file as UTF-8: {ADVICE}",
                )
    return Refused(f"{shown} is not UTF-8", hint=f"save it as UTF-8: {ADVICE}")
