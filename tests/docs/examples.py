"""Which examples do the documents hold, and does a command's output agree with what is printed there?

A ```console block holds commands after `$ ` (continued after a backslash) and, below each, what it prints.  In
expected text `…` stands for anything, over lines too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Example:
    """A command and what the document says that it prints; empty when it says nothing."""

    document: str
    line: int
    command: str
    expected: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.document}:{self.line}"


def find_blocks(path: Path, language: str) -> list[tuple[int, list[str]]]:
    """Each fenced block of that language, with the number of its first line."""
    blocks: list[tuple[int, list[str]]] = []
    inside = False
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if line.startswith("```"):
            inside = line == f"```{language}"
            if inside:
                blocks.append((number + 1, []))
        elif inside:
            blocks[-1][1].append(line)
    return blocks


def find_examples(path: Path) -> list[list[Example]]:
    """The commands of each console block, in order."""
    document = str(path.relative_to(ROOT))
    found: list[list[Example]] = []
    for first, lines in find_blocks(path, "console"):
        examples: list[Example] = []
        for number, line in enumerate(lines, start=first):
            if line.startswith("$ "):
                examples.append(Example(document, number, line[2:]))
            elif examples and not examples[-1].expected and examples[-1].command.endswith("\\"):
                examples[-1].command = f"{examples[-1].command[:-1]}{line.strip()}"
            elif examples:
                examples[-1].expected.append(line)
            else:
                raise AssertionError(f"{document}:{number}: a console block begins with a command after '$ '")
        found.append(examples)
    return found


def agrees(expected: list[str], printed: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in "\n".join(expected).strip().split("…"))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None
