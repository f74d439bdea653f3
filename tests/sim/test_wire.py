"""What no HTTP client would send, sent by hand: clean answers, nothing outside the folder, and the process lives."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from jpd_sim import Simulator

from .processes import running

PING = "/artifactory/api/system/ping"
REPOSITORY = "/artifactory/api/repositories/demo"


class Raw:
    """HTTP by hand, because clients mend what is sent here."""

    def __init__(self, url: str, token: str) -> None:
        self.address = (urlsplit(url).hostname, urlsplit(url).port)
        self.token = token

    def head(self, method: str, target: str, *lines: str) -> bytes:
        authorization = f"Authorization: Bearer {self.token}"
        return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: x", authorization, *lines, "", ""]).encode("latin-1")

    def send(self, *chunks: bytes) -> tuple[int, bytes]:
        """Status and body of the answer; status 0 when there is none."""
        with socket.create_connection(self.address, timeout=30) as connection:
            try:
                for chunk in chunks:
                    connection.sendall(chunk)
            except OSError:
                pass  # the answer came before everything was sent
            return self.answer(connection)

    def answer(self, connection: socket.socket) -> tuple[int, bytes]:
        received = b""
        while b"\r\n\r\n" not in received and (more := connection.recv(65_536)):
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                while len(body) < int(line.partition(b":")[2]) and (more := connection.recv(65_536)):
                    body += more
        return (int(head.split(b" ")[1]) if head else 0), body

    def alive(self) -> bool:
        return self.send(self.head("GET", PING)) == (200, b"OK")


@pytest.fixture(scope="module")
def alone():
    with Simulator(["eu"]) as simulator:
        yield simulator


@pytest.fixture
def raw(alone):
    alone.control.reset()
    jpd = alone.deployments["eu"]
    raw = Raw(jpd.url, jpd.access_token)
    body = json.dumps({"rclass": "local"}).encode()
    assert raw.send(raw.head("PUT", REPOSITORY, f"Content-Length: {len(body)}"), body)[0] == 200
    yield raw
    assert raw.alive()


TARGETS = {
    "dots": "/artifactory/demo/../../../etc/passwd",
    "encoded dots": "/artifactory/demo/%2e%2e/%2e%2e/etc/passwd",
    "encoded slash": "/artifactory/demo/..%2f..%2fetc%2fpasswd",
    "leading slashes": "///artifactory/demo/a",
    "encoded nul": "/artifactory/demo/a%00b",
    "newline": "/artifactory/demo/a%0d%0aSet-Cookie:%20x",
    "surrogate": "/artifactory/demo/%ed%a0%80",
    "long": "/artifactory/demo/" + "a" * 4000,
    "deep": "/artifactory/demo/" + "a/" * 2000,
    "repository dots": "/artifactory/api/repositories/..%2f..",
    "storage": "/artifactory/api/storage/demo/../../../etc/passwd",
    "query": "/artifactory/api/repositories?type=" + "x" * 4000,
    "unknown service": "/no/such/service",
    "router": "/router/api/v1/../../artifactory/api/system/ping",
    "absolute": "http://elsewhere.example/artifactory/api/system/ping",
}


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_a_path_that_no_client_leaves_as_it_is_gets_a_clean_answer(raw, method, target):
    status, body = raw.send(raw.head(method, target, "Content-Length: 2"), b"{}")

    assert 200 <= status < 500, body[:300]
    assert b"root:" not in body


@pytest.mark.parametrize(
    "target",
    ["/artifactory/demo/../../../x.txt", "/artifactory/demo/%2e%2e/x.txt", "/artifactory/demo/a/..%2f..%2f..%2fx.txt"],
)
def test_a_deploy_cannot_leave_its_repository(raw, target):
    status, _ = raw.send(raw.head("PUT", target, "Content-Length: 4"), b"evil")

    assert 400 <= status < 500


def test_half_a_surrogate_pair_is_400_and_is_not_kept(raw):
    body = b'{"description": "\\ud800"}'

    status, _ = raw.send(raw.head("POST", REPOSITORY, f"Content-Length: {len(body)}"), body)

    assert status == 400
    assert raw.send(raw.head("GET", REPOSITORY))[0] == 200


def test_100_mb_where_a_configuration_is_expected_are_413(raw):
    size = 100 * 1024 * 1024
    chunk = b" " * (1024 * 1024)

    status, _ = raw.send(raw.head("PUT", REPOSITORY, f"Content-Length: {size}"), *[chunk] * 100)

    assert status == 413


def test_100_mb_are_refused_before_they_are_all_there(raw):
    head = raw.head("PUT", REPOSITORY, f"Content-Length: {100 * 1024 * 1024}")

    status, _ = raw.send(head, b" " * (5 * 1024 * 1024))

    assert status == 413


def test_100_mb_in_chunks_are_413_as_well(raw):
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"

    status, _ = raw.send(raw.head("PUT", REPOSITORY, "Transfer-Encoding: chunked"), *[chunk] * 100)

    assert status == 413


@pytest.mark.parametrize(
    "text",
    [
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\r\n\r\n\r\nrubbish\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["tls", "version", "nul", "rubbish", "negative length", "two lengths", "long header", "asterisk"],
)
def test_what_is_no_http_is_refused(raw, text):
    status, _ = raw.send(text)

    assert status == 0 or 400 <= status < 500


def test_a_thousand_clients_that_hang_up_halfway_leave_nothing_behind(raw):
    head = raw.head("PUT", "/artifactory/demo/half.bin", "Content-Length: 100000")

    def hang_up(_number: int) -> None:
        with socket.create_connection(raw.address, timeout=30) as connection:
            connection.sendall(head + b"half")

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(hang_up, range(1000)))

    assert raw.send(raw.head("GET", "/artifactory/demo/half.bin"))[0] == 404


def test_clients_that_send_nothing_do_not_keep_others_waiting(raw):
    silent = [socket.create_connection(raw.address, timeout=30) for _ in range(200)]

    answered = raw.alive()

    for connection in silent:
        connection.close()
    assert answered


def test_nothing_is_read_or_written_outside_of_the_data_folder(tmp_path):
    folder = tmp_path / "data"
    (tmp_path / "outside.txt").write_text("secret")
    with running("--deployments", "eu", "--data", folder) as process:
        entry = process.deployments["eu"]
        raw = Raw(entry["url"], entry["accessToken"])
        body = b'{"rclass": "local"}'
        raw.send(raw.head("PUT", REPOSITORY, f"Content-Length: {len(body)}"), body)
        read = []
        for path in ("../../../outside.txt", "..%2f..%2foutside.txt", "%2e%2e/%2e%2e/outside.txt"):
            raw.send(raw.head("PUT", f"/artifactory/demo/{path}", "Content-Length: 4"), b"evil")
            read.append(raw.send(raw.head("GET", f"/artifactory/demo/{path}"))[1])
        assert raw.alive()

    assert not [body for body in read if b"secret" in body]
    assert (tmp_path / "outside.txt").read_text() == "secret"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "outside.txt"]
    assert {path.name.removesuffix("-wal").removesuffix("-shm") for path in folder.iterdir()} == {
        "jpd-sim.sqlite3",
        "lock",
    }
