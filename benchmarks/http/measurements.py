"""Everything that is measured over HTTP, part by part, on one copy of the plant."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass, field

from benchmarks.comparison import Comparison, table
from benchmarks.http import clients, compression, cores, hot, interference, load, ours, pages
from benchmarks.http.load import Failed
from benchmarks.http.service import NotStarted
from benchmarks.peers.environments import version
from benchmarks.peers.programs import PEERS


@dataclass
class Measured:
    """What was measured; empty where a part was left out."""

    rows: list[Comparison] = field(default_factory=list)
    http_ms: float | None = None
    clients: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)  # peers that this machine has not
    failures: list[str] = field(default_factory=list)  # parts that ended early, and why

    def text(self) -> list[str]:
        """As Markdown."""
        added = [] if self.http_ms is None else ["", f"HTTP adds {self.http_ms:.2f} ms to the page of 1000."]
        return [*(table(self.rows) if self.rows else []), *added, *([""] if self.clients else []), *self.clients]

    def missing(self) -> list[str]:
        """As a list in Markdown."""
        return [f"* not measured: {what}" for what in (*self.absent, *self.failures)]


def _pages(plant: ours.Plant, into: Measured) -> None:
    result = pages.measure(plant)
    into.rows += result.rows
    into.http_ms = result.http_ms
    into.absent += result.absent


def _hot(plant: ours.Plant, into: Measured) -> None:
    into.rows += hot.measure(plant)


def _compression(plant: ours.Plant, into: Measured) -> None:
    into.rows += compression.measure(plant)


def _clients(plant: ours.Plant, into: Measured) -> None:
    into.clients = clients.table(clients.measure(plant))


def _interference(plant: ours.Plant, into: Measured) -> None:
    into.rows += interference.measure(plant)


PARTS = {
    "pages": _pages,
    "hot": _hot,
    "compression": _compression,
    "clients": _clients,
    "interference": _interference,  # last: it writes to the plant
}


def measure(names: Collection[str] = tuple(PARTS)) -> Measured:
    """The parts of these names, in the order of PARTS; one that fails leaves the others their figures."""
    load.version()  # ends the program at once when there is no wrk
    measured = Measured()
    with ours.plant() as plant:
        for name, part in PARTS.items():
            if name in names:
                print(f"... over HTTP: {name}", file=sys.stderr, flush=True)
                try:
                    part(plant, measured)
                except (Failed, NotStarted) as reason:
                    measured.failures.append(f"{name}: {reason}")
                    print(f"... failed: {reason}", file=sys.stderr, flush=True)
    return measured


def describe() -> str:
    """The versions of the client and the peers, and who runs where."""
    pinned = [version(*package) for peer in PEERS for package in peer.packages]
    return f"{', '.join([load.version(), *dict.fromkeys(pinned)])}; {cores.describe()}"
