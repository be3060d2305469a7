"""Java's own HTTP client, which answers a challenge only where Basic stands first in a line of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from litestar import Litestar

from tests.web.plant import INCIDENTS
from tests.web.running import running

JAVA = shutil.which("java") if shutil.which("javac") else None
pytestmark = pytest.mark.skipif(JAVA is None, reason="a JDK is not installed: apt-get install default-jdk-headless")

PROGRAM = """\
import java.net.*;
import java.net.http.*;

public class Ask {
    public static void main(String[] arguments) throws Exception {
        var key = new PasswordAuthentication("any", arguments[1].toCharArray());
        var client = HttpClient.newBuilder().authenticator(new Authenticator() {
            protected PasswordAuthentication getPasswordAuthentication() { return key; }
        }).build();
        var request = HttpRequest.newBuilder(URI.create(arguments[0])).build();
        System.out.print(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
    }
}
"""


@pytest.mark.parametrize("path", [INCIDENTS, "/odata/v4/"])
def test_it_sends_the_key_when_it_is_asked(app: Litestar, key: str, tmp_path: Path, path: str) -> None:
    assert JAVA is not None
    source = tmp_path / "Ask.java"
    source.write_text(PROGRAM)
    with running(app) as port:
        command = [JAVA, str(source), f"http://127.0.0.1:{port}{path}", key]
        assert subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout == "200"
