"""Writes docs/pictures/connect-*.png: the page /connect as a reader of docs/excel.md will see it.

The service is the demo's, asked by the name that the document uses.  Fonts differ between machines, so the pictures
are taken anew only when the page has changed: make pictures.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.web.browser import Page, browser_of

PICTURES = Path(__file__).parent / "pictures"
NAME = "plant.acme.example:8080"
WIDTH = 780  # pixels; the page is a column of 736


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """Host and port of a running demo, and its key."""
    command = [sys.executable, "-m", "nexshift", "demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            printed = "".join(iter(process.stdout.readline, "Ctrl-C ends the demo.\n"))
            while '"event":"started"' not in (line := process.stderr.readline()):
                assert line, "the demo ended"
            (key,) = set(re.findall(r"nxs_\w+", printed))
            yield re.findall(r"http://([\d.:]+)/docs", printed)[0], key
        finally:
            process.terminate()


def show_key(page: Page, key: str) -> None:
    page.type("#key", key)
    page.wait_for(".entry")


def show_table(page: Page, key: str) -> None:
    show_key(page, key)
    page.click("#production_runs > summary")
    page.wait_for(".panel")


def show_refusal(page: Page, key: str) -> None:
    page.type("#key", f'"{key}"')
    page.wait_for(".bad")


# Name, what is done before, the element at whose top it begins, the one at whose end it ends.
TAKEN: tuple[tuple[str, Callable[[Page, str], None], str, str], ...] = (
    ("key", show_key, "html", "#overview section .small"),
    ("table", show_table, "#overview section:has(.entry)", ".panel"),
    ("refusal", show_refusal, "html", "#answer"),
)


def main() -> None:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        demo() as (address, key),
        browser_of(Path(profile), f"--host-resolver-rules=MAP {NAME} {address}") as browser,
    ):
        for name, do, first, last in TAKEN:
            with browser.tab() as page:
                page.call(
                    "Emulation.setDeviceMetricsOverride", width=WIDTH, height=900, deviceScaleFactor=1, mobile=True
                )
                page.open(f"http://{NAME}/connect")
                page.wait_for("#show:enabled")
                do(page, key)
                page.evaluate("document.activeElement.blur()")
                place = "document.querySelector({!r}).getBoundingClientRect().{} + scrollY"
                top = int(page.evaluate(place.format(first, "top")))
                bottom = int(page.evaluate(place.format(last, "bottom"))) + 16
                (PICTURES / f"connect-{name}.png").write_bytes(page.picture(top=top, height=bottom - top))


if __name__ == "__main__":
    main()
