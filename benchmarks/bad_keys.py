"""Does the time that a bad key takes tell how much of it is right?  `python -m benchmarks.bad_keys [TURNS]`

Guesses that share their first letters with a good key, well-formed every one, are looked up in turns of random order,
as a request looks them up: hashed, and asked for in the database.  A comparison letter by letter would make
the guess with more right letters slower.  Prints the medians, and how far the two extremes are apart in standard
errors: beyond 5 something shows.
"""

from __future__ import annotations

import random
import secrets
import sys
import time
from math import sqrt
from pathlib import Path
from statistics import fmean, median, variance
from tempfile import TemporaryDirectory

from nexshift.storage.companies import add_company
from nexshift.storage.connection import create_database
from nexshift.storage.key_text import _ALPHABET, _RANDOM_LENGTH, PREFIX, _checksum
from nexshift.storage.keys import create_key
from nexshift.storage.watch import Watch
from nexshift.web.admission import _Grants

RANDOM_LETTERS = _RANDOM_LENGTH
_RIGHT = (0, 1, 8, 16, 24, 31)
_TURNS = 20_000
_SLOWEST = 0.05  # of the times of each kind are interruptions by others, and left out


def guess(key: str, right: int) -> str:
    """A well-formed key whose first `right` letters are those of `key`, and whose next is not."""
    letters = key[len(PREFIX) : len(PREFIX) + RANDOM_LETTERS]
    wrong = secrets.choice([letter for letter in _ALPHABET if letter != letters[right]])
    rest = "".join(secrets.choice(_ALPHABET) for _ in range(RANDOM_LETTERS - right - 1))
    body = PREFIX + letters[:right] + wrong + rest
    return body + _checksum(body)


def measure(path: Path, key: str, turns: int) -> dict[int, list[int]]:
    """Right letters → nanoseconds of each look-up."""
    watch = Watch(path)
    grants = _Grants(watch)
    assert grants.find(key, 0)[1] is not None
    times: dict[int, list[int]] = {right: [] for right in _RIGHT}
    for _ in range(turns):
        guesses = [(right, guess(key, right)) for right in random.sample(_RIGHT, len(_RIGHT))]
        for right, text in guesses:
            began = time.perf_counter_ns()
            _, grant = grants.find(text, 0)
            times[right].append(time.perf_counter_ns() - began)
            assert grant is None
    watch.close()
    return {right: sorted(found)[: round(len(found) * (1 - _SLOWEST))] for right, found in times.items()}


def main() -> None:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else _TURNS
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plant.db"
        connection = create_database(path)
        _, key = create_key(connection, add_company(connection, "Acme"), "guessed at")
        connection.close()
        times = measure(path, key, turns)
    print("letters right   median, µs   mean, µs")
    for right, found in times.items():
        print(f"{right:13}{median(found) / 1e3:13.3f}{fmean(found) / 1e3:11.3f}")
    most = _RIGHT[-1]
    few, many = times[_RIGHT[0]], times[most]
    error = sqrt(variance(few) / len(few) + variance(many) / len(many))
    difference = fmean(many) - fmean(few)
    print(f"{turns} turns; {most} letters right take {difference:+.1f} ns, {difference / error:+.1f} standard errors")


if __name__ == "__main__":
    main()
