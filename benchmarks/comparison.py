"""One row of the results: a ratio of two sides that were measured in turns, and what each of them returned."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.rounds import Times


class Comparison(NamedTuple):
    """`ratio` is how many times as long `what` takes as `over`; `took` and `over_took` are texts with a unit."""

    what: str
    took: str
    over: str
    over_took: str
    ratio: float
    returned: str


def compare(times: Times, side: str, over: str, returned: str) -> Comparison:
    """Two sides of `times`, under the names that they have there."""
    return Comparison(side, times.shown(side), over, times.shown(over), times.ratio(side, over), returned)


def table(rows: list[Comparison]) -> list[str]:
    """As Markdown."""
    return [
        "| what | took | over | took | ratio | what each side returned |",
        "|---|---|---|---|---|---|",
        *(
            f"| {row.what} | {row.took} | {row.over} | {row.over_took} | **{row.ratio:.2f}** | {row.returned} |"
            for row in rows
        ),
    ]
