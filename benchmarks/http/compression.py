"""What does gzip add to the page, over compressing the same bytes with ISA-L at level 1 and nothing else?"""

from __future__ import annotations

import gzip
from time import perf_counter

from isal import igzip

from benchmarks.comparison import Comparison, compare
from benchmarks.http import cores, ours
from benchmarks.http.load import fetch
from benchmarks.http.turns import one_client, take_turns
from benchmarks.peers import answers
from benchmarks.rounds import Times

PLAIN, COMPRESSED = "plain", "compressed"
ADDED, ISAL = "gzip of the page, time added over HTTP", "ISA-L level 1, in process"
ROUNDS = 15
_CALLS = 100


def measure(plant: ours.Plant, rounds: int = ROUNDS) -> list[Comparison]:
    with ours.serving(plant) as target:
        plain = ours.page_of(target)
        compressed = plain.also(Accept_Encoding="gzip")
        page, small = fetch(plain), fetch(compressed)
        answers.check("the compressed page", page, gzip.decompress(small))

        def compress_s() -> float:
            with cores.on(cores.SERVER):
                begun = perf_counter()
                for _ in range(_CALLS):
                    igzip.compress(page, 1)
                return (perf_counter() - begun) / _CALLS

        sides = {PLAIN: one_client(plain), COMPRESSED: one_client(compressed), ISAL: compress_s}
        took = take_turns(sides, rounds)
    added = [theirs - mine for mine, theirs in zip(took[PLAIN], took[COMPRESSED], strict=True)]
    times = Times({ADDED: added, ISAL: took[ISAL]})
    returned = f"{len(page):,} bytes sent as {len(small):,}, which takes less; as {len(igzip.compress(page, 1)):,}"
    # the least of the differences would only be that of a disturbed round
    return [compare(times, ADDED, ISAL, returned)._replace(took=f"{times.median_ms(ADDED):.2f} ms")]
