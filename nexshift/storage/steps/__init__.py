"""What did each released step do to a database?

One file a step, `NAME.sql`, in which a blank line parts two statements.  A file that was released never changes, so a
database that is made today and one that was made then are the same to the letter.  What the newest schema looks like
is declared in schema.py, triggers.py, change_schema.py and change_triggers.py; a test holds that the files give it.
"""

from __future__ import annotations

from importlib.resources import files


def read_statements(step: str) -> list[str]:
    """The statements of a released step, in their order."""
    text = files(__name__).joinpath(f"{step}.sql").read_text(encoding="utf-8")
    return text.split("\n\n")
