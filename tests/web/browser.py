"""A headless Chromium, driven through its DevTools protocol over a pair of pipes (no port, no further package)."""

import itertools
import json
import os
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

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


class Browser:
    """The pair of pipes; messages are objects."""

    def __init__(self, send: BinaryIO, receive: BinaryIO) -> None:
        self._send = send
        self._receive = receive
        self._numbers = itertools.count(1)

    def tell(self, method: str, session: str, **parameters: Any) -> int:
        """Without waiting for what comes of it; the answer will have that number."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._send.write(json.dumps(message).encode() + b"\0")
        self._send.flush()
        return number

    def read(self) -> dict[str, Any]:
        raw = bytearray()
        while (byte := self._receive.read(1)) != b"\0":
            assert byte, "the browser ended"
            raw += byte
        message: dict[str, Any] = json.loads(raw)
        return message

    @contextmanager
    def tab(self) -> Iterator["Page"]:
        """A new one, which knows nothing of others."""
        page = Page(self)
        context = page.attach()
        try:
            yield page
        finally:
            self.tell("Target.disposeBrowserContext", "", browserContextId=context)


class Page:
    """One tab.

    What it asked of the network is in `requests`, what it complained of in `complaints`, the address of each request
    for which it wanted to ask its user for a password in `login_boxes` once those are watched.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._session = ""
        self._context = ""
        self._folder = Path()
        self._names: dict[str, str] = {}
        self._downloads: list[Path] = []
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.login_boxes: list[str] = []

    def attach(self) -> str:
        """Returns the id of what is to be disposed of at the end."""
        self._context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        return self._context

    def watch_login_boxes(self, urls: str) -> None:
        """Note down each that would be opened by a request whose address fits the pattern, and close it."""
        self.call("Fetch.enable", handleAuthRequests=True, patterns=[{"urlPattern": urls}])

    def allow_clipboard(self) -> None:
        allowed = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        self.call("Browser.grantPermissions", permissions=allowed, browserContextId=self._context)

    def keep_downloads(self, folder: Path) -> None:
        self._folder = folder
        place = {"downloadPath": str(folder), "browserContextId": self._context}
        self.call("Browser.setDownloadBehavior", behavior="allow", eventsEnabled=True, **place)

    def take_download(self) -> Path:
        """The next file that has been saved."""
        while not self._downloads:
            self._read()
        return self._downloads.pop(0)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = self._browser.tell(method, self._session, **parameters)
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

    def picture(self, *, top: int, height: int) -> bytes:
        """That part of the page, over its whole width, as PNG."""
        width = self.evaluate("document.documentElement.clientWidth")
        part = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=part)
        return b64decode(taken["data"])

    def _read(self) -> dict[str, Any]:
        message = self._browser.read()
        told = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])
            case "Log.entryAdded" if told["entry"]["level"] in {"warning", "error"}:
                self.complaints.append(told["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(told["exceptionDetails"]["text"])
            case "Fetch.requestPaused":
                self._browser.tell("Fetch.continueRequest", self._session, requestId=told["requestId"])
            case "Fetch.authRequired":
                self.login_boxes.append(told["request"]["url"])
                closed = {"requestId": told["requestId"], "authChallengeResponse": {"response": "CancelAuth"}}
                self._browser.tell("Fetch.continueWithAuth", self._session, **closed)
            case "Browser.downloadWillBegin":
                self._names[told["guid"]] = told["suggestedFilename"]
            case "Browser.downloadProgress" if told["state"] != "inProgress":
                assert told["state"] == "completed", told
                self._downloads.append(self._folder / self._names[told["guid"]])
        return message


@contextmanager
def browser_of(profile: Path, *options: str) -> Iterator[Browser]:
    """A new browser with an empty profile."""
    assert CHROMIUM is not None
    to_browser, our_send = os.pipe()
    our_receive, from_browser = os.pipe()
    command = [
        *("bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "bash"),  # sh knows one-digit numbers alone
        *(CHROMIUM, *_OPTIONS, *options, f"--user-data-dir={profile}"),
    ]
    process = subprocess.Popen(
        command, pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(to_browser)
    os.close(from_browser)
    try:
        with os.fdopen(our_send, "wb") as send, os.fdopen(our_receive, "rb") as receive:
            yield Browser(send, receive)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def browsing(profile: Path) -> Iterator[Page]:
    """A tab of a new browser with an empty profile."""
    with browser_of(profile) as browser, browser.tab() as page:
        yield page
