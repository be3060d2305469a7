"""A headless Chromium, driven through its DevTools protocol over a pair of pipes (no port, no further package)."""

import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)


class Page:
    """One tab.  What it asked of the network is in `requests`, what it complained of in `complaints`."""

    def __init__(self, send: Any, receive: Any) -> None:
        self._send = send
        self._receive = receive
        self._numbers = itertools.count(1)
        self._session = ""
        self.requests: list[str] = []
        self.complaints: list[str] = []

    def attach(self) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._send.write(json.dumps(message).encode() + b"\0")
        self._send.flush()
        while True:
            answer = self._read()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, selector: str) -> None:
        """Returns once an element matches; Chromium itself tells when the document changed."""
        self.evaluate(
            f"""new Promise((resolve, reject) => {{
              const found = () => document.querySelector({json.dumps(selector)}) && resolve(true);
              new MutationObserver(found).observe(document, {{childList: true, subtree: true, attributes: true}});
              setTimeout(() => reject(new Error("never came: " + {json.dumps(selector)})), 20000);
              found();
            }})"""
        )

    def type(self, selector: str, text: str) -> None:
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        self.wait_for(selector)
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def text(self, selector: str) -> str:
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText"))

    def _read(self) -> dict[str, Any]:
        raw = bytearray()
        while (byte := self._receive.read(1)) != b"\0":
            assert byte, "the browser ended"
            raw += byte
        message: dict[str, Any] = json.loads(raw)
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            case "Log.entryAdded" if message["params"]["entry"]["level"] in {"warning", "error"}:
                self.complaints.append(message["params"]["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(message["params"]["exceptionDetails"]["text"])
        return message


@contextmanager
def browsing(profile: Path) -> Iterator[Page]:
    """A tab of a new browser with an empty profile."""
    assert CHROMIUM is not None
    to_browser, our_send = os.pipe()
    our_receive, from_browser = os.pipe()
    command = [
        *("bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "bash"),  # sh knows one-digit numbers alone
        *(CHROMIUM, *_OPTIONS, f"--user-data-dir={profile}"),
    ]
    process = subprocess.Popen(
        command, pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(to_browser)
    os.close(from_browser)
    try:
        with os.fdopen(our_send, "wb") as send, os.fdopen(our_receive, "rb") as receive:
            page = Page(send, receive)
            page.attach()
            yield page
    finally:
        process.terminate()
        process.wait()
