"""Certificates over a real TLS server on loopback, and a proxy that wants credentials."""

import contextlib
import http.server
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from jpd_provider.client.http import Http
from jpd_provider.errors import ProxyRefused, SettingsError, UntrustedCertificate
from jpd_provider.settings import Settings

Load = Callable[..., Settings]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    def do_CONNECT(self) -> None:
        self.send_response(407, "Proxy Authentication Required")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    """Counts connections, those that fail in the handshake too."""

    connections = 0

    def get_request(self) -> tuple[socket.socket, Any]:
        self.connections += 1
        return super().get_request()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with serving(context) as server:
        yield server


def get(load: Load, waits: list[float], **entry: Any) -> str:
    client = Http(load({"eu": {"accessToken": "tok-0123456789"} | entry})["eu"], sleep=waits.append)
    with contextlib.closing(client):
        return client.request("GET", "/artifactory/api/system/ping", doing="ping Artifactory").text


def test_a_certificate_of_an_unknown_authority_is_refused_at_once(load: Load, server: Server) -> None:
    waits: list[float] = []

    with pytest.raises(UntrustedCertificate) as caught:
        get(load, waits, url=f"https://127.0.0.1:{server.port}")

    assert "ping Artifactory on deployment 'eu'" in str(caught.value)
    assert "set jpd:deployments.eu.caFile to its PEM file" in str(caught.value)
    assert waits == []
    assert server.connections == 1


def test_a_certificate_of_the_authority_in_ca_file_is_trusted(
    load: Load, server: Server, authority: trustme.CA, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))

    assert get(load, [], url=f"https://127.0.0.1:{server.port}", caFile=str(file)) == "OK"


def test_a_certificate_for_another_host_is_refused(
    load: Load, server: Server, authority: trustme.CA, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))

    with pytest.raises(UntrustedCertificate):
        get(load, [], url=f"https://localhost:{server.port}", caFile=str(file))


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_a_ca_file_without_a_certificate_is_named(load: Load, tmp_path: Path, content: str) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(content)

    with pytest.raises(SettingsError) as caught:
        get(load, [], url="https://127.0.0.1:1", caFile=str(file))

    assert str(caught.value) == f"jpd:deployments: caFile '{file}' cannot be used: it holds no certificate in PEM form."


def test_a_proxy_that_wants_credentials_is_named(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    with serving() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(ProxyRefused) as caught:
            get(load, waits, url="https://eu.example.com")

    assert caught.value.status == 407
    assert "407 Proxy Authentication Required" in str(caught.value)
    assert "check HTTPS_PROXY and NO_PROXY" in str(caught.value)
    assert waits == []
