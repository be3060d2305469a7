"""A server that shows the page at /connect, and asks for Basic alone wherever else it is asked.

Browsers open their login box for such an answer; for ours, which names Bearer first, only some do.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


@contextmanager
def asking_for_basic(address: str) -> Iterator[str]:
    """Its address; the page is that of the service at `address`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/connect"):
                answer = httpx.get(address + self.path)
                self._answer(200, {"Content-Type": answer.headers["content-type"]}, answer.content)
            else:
                self._answer(401, {"WWW-Authenticate": 'Basic realm="Plant"'}, b"")

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
