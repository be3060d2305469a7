"""What is said of an import beside its counts, and how do programs read it?"""

from __future__ import annotations

from typing import Any

from nexshift.cli.printing import say
from nexshift.storage.importing import Problems, Report


def show_problems(problems: Problems, before: str = "") -> None:
    """The first ones on stderr, and how many more there are."""
    for problem in problems.shown:
        say(f"{before}{problem}", err=True)
    if problems.unshown:
        say(f"{before}and {problems.unshown} more", err=True)


def show_notes(report: Report) -> None:
    """What was created, and what is odd about the rows that are stored."""
    for sentence in report.created.sentences("would create" if report.is_trial else "created"):
        say(sentence, err=True)
    show_problems(report.warnings, "Warning: ")
    for sentence in report.oddities.sentences():
        say(f"Warning: {sentence}", err=True)


def describe(report: Report) -> dict[str, Any]:
    """The same as JSON: names that were created and sentences, the first of each, and how many there are in all."""
    return {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": report.rejected,
        "is_written": report.is_written,
        "problems": report.problems.shown,
        "problems_count": len(report.problems.shown) + report.problems.unshown,
        "created": [
            {"kind": one.noun, "name": one.name, "site": one.site, "resembles": one.resembles}
            for one in report.created.shown
        ],
        "created_count": report.created.counts,
        "warnings": [*report.warnings.shown, *report.oddities.sentences()],
        "warnings_count": len(report.warnings.shown) + report.warnings.unshown + len(report.oddities.sentences()),
        "rejects_files": [str(path) for path in report.rejects_files],
    }
