"""Everything the program refuses, as one tree of exceptions.

Each carries the sentence its reader sees (`sentence`), what to do next (`hint`, command line only) and the HTTP
status that it becomes.  Anything that is not in this tree is our own fault: a 500, with its cause in the log only.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from operator import eq

from nexshift.config import SORT_RETRY_S


class NexshiftError(Exception):
    """A refusal in one sentence."""

    status = 400
    exit_code = 1

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class Refused(NexshiftError):
    """What was asked cannot be done; nothing was changed."""


class BadUsage(NexshiftError):
    """The command line itself is incomplete or contradictory."""

    exit_code = 2


class BadParameter(NexshiftError):
    """An HTTP parameter is malformed, out of range, repeated or unknown."""


class TooManyRows(NexshiftError):
    """More rows than an Excel sheet has room for."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"the table has more than {most:,} rows, and an Excel sheet holds no more;"
            " use format=csv, or a shorter window with from and to"
        )


class TooSlow(NexshiftError):
    """What was asked for takes longer than anybody should wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"reading this took longer than {seconds:g} seconds, so it was given up;"
            " narrow it with from and to, or with a $filter on a column of time"
        )


class ClientGone(NexshiftError):
    """Nobody waits for the answer any more; the status is nginx's, which only the log shows."""

    status = 499

    def __init__(self) -> None:
        super().__init__("The client left before its answer was made")


class NotFound(NexshiftError):
    """There is nothing of that name, or nothing that the client may see."""

    status = 404


class NotAcceptable(NexshiftError):
    """The client takes none of the formats that there are."""

    status = 406


class NotOffered(NexshiftError):
    """A part of a protocol that this program does not have."""

    status = 501


class Unauthorized(NexshiftError):
    """No valid API key.  One sentence for every cause, so that guessing teaches nothing."""

    status = 401

    def __init__(self) -> None:
        super().__init__("Invalid or missing API key")


class Forbidden(NexshiftError):
    """The key is good, but not for this resource or site."""

    status = 403

    def __init__(self) -> None:
        super().__init__("API key does not have access to the requested resource")


class RateLimited(NexshiftError):
    """Over the limit; `retry_after` is in whole seconds, at least 1."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("Rate limit exceeded")
        self.retry_after = retry_after


class Overloaded(NexshiftError):
    """The service has as much under way as it takes; `retry_after` is in whole seconds."""

    status = 503

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class NoRoomToSort(Overloaded):
    """SQLite has no memory left for all rows that are to be sorted."""

    def __init__(self) -> None:
        super().__init__(
            "There is no room to sort so many rows; narrow them with from and to or a $filter, page by the links to the"
            " next page and not by $skip, or try again in a moment",
            SORT_RETRY_S,
        )


class DatabaseUnavailable(NexshiftError):
    """The database file is missing, locked, damaged or unreadable."""

    status = 503


class DatabaseDamaged(DatabaseUnavailable):
    """A page of the database is not what it was; it does not recover before somebody puts back a copy."""


class DatabaseBusy(DatabaseUnavailable):
    """Another program holds the database at this moment; it may answer in the next."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be, or None when nothing is close."""
    names: dict[str, list[str]] = {}
    for name in known:
        names.setdefault(name.casefold(), []).append(name)
    folded = word.casefold()
    letters = sorted(folded)
    if folded in names:
        near = [folded]
    else:
        swapped = [other for other in names if sorted(other) == letters]  # two of them changed places
        near = swapped or get_close_matches(folded, names, n=1, cutoff=0.6)
    # Of names that differ in case alone, the one that has most letters as they were written.
    return max(names[near[0]], key=lambda name: sum(map(eq, name, word))) if near else None
