"""The command line: where it begins.

The commands are in the other files here, one a group; `group` puts them together, `failures` turns whatever goes
wrong into one sentence and an exit code.
"""

from __future__ import annotations

import io
import signal
import sys
from types import FrameType

from nexshift.cli.standard_streams import drop_unwritten, take_closed_places


def main() -> None:
    """Run the command that the process was started with, and exit with its code."""
    take_closed_places()
    try:
        from nexshift.cli.group import nexshift  # noqa: PLC0415 (after this, every failure is a sentence)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except ImportError as error:  # a library that the environment asks for, or a part of the installation, is missing
        sys.exit(f"Error: {error}")

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show is no failure
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wishes
            signal.signal(number, _terminate)
    try:
        nexshift.main(prog_name="nexshift")
    finally:
        drop_unwritten()


def _terminate(number: int, _frame: FrameType | None) -> None:
    """What was begun is undone on the way out, as it is after Ctrl-C: temporary files, transactions."""
    from nexshift.cli.failures import Terminated  # noqa: PLC0415 (loaded long since)

    raise Terminated(number)
