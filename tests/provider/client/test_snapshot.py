"""One bulk read serves every resource of a deployment, and never says "gone"."""

import json
from collections.abc import Callable

import httpx
import pytest

from jpd_provider.client.http import Http
from jpd_provider.client.repositories import Repositories
from jpd_provider.client.snapshot import LIFETIME_SECONDS, Generation, Snapshot
from jpd_provider.settings import Settings

BULK = "/artifactory/api/repositories/configurations"


class Jpd:
    """A JPD that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.bulk_status = 200
        self.listed = {"a": {"key": "a", "rclass": "federated", "members": []}}
        self.now = 0.0
        self.generation = Generation()
        settings = Settings.load({"jpd:deployments": '{"eu": {"url": "http://eu", "accessToken": "secret"}}'}.get, {})
        http = Http(settings["eu"], transport=httpx.MockTransport(self._answer), sleep=lambda _: None)
        self.repositories = Repositories(http, self.generation.end)
        self.snapshot = Snapshot(self.repositories, self.generation, clock=lambda: self.now)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if request.url.path == BULK:
            body = {"FEDERATED": list(self.listed.values())} if self.bulk_status == 200 else {"errors": []}
            return httpx.Response(self.bulk_status, json=body)
        key = request.url.path.rpartition("/")[2]
        if request.method != "GET":
            return httpx.Response(200, text="done")
        if key not in self.listed and key != "fuller":
            return httpx.Response(400, text=json.dumps({"errors": [{"status": 400, "message": "Bad Request"}]}))
        return httpx.Response(200, json={"key": key, "rclass": "federated", "members": [], "dockerTagRetention": 5})


@pytest.fixture
def jpd() -> Jpd:
    return Jpd()


def test_many_reads_are_one_request(jpd: Jpd) -> None:
    for _ in range(100):
        assert jpd.snapshot.get("a") is not None

    assert jpd.asked == [f"GET {BULK}"]


def test_what_the_bulk_answer_lacks_is_asked_for_and_that_answer_counts(jpd: Jpd) -> None:
    assert jpd.snapshot.get("gone") is None
    assert jpd.snapshot.get("fuller") is not None

    assert jpd.asked[1:] == ["GET /artifactory/api/repositories/gone", "GET /artifactory/api/repositories/fuller"]


def test_a_field_that_the_bulk_answer_lacks_is_read_from_the_repository(jpd: Jpd) -> None:
    found = jpd.snapshot.get("a", needed=["dockerTagRetention"])

    assert found is not None
    assert found.raw["dockerTagRetention"] == 5


@pytest.mark.parametrize(
    "write",
    [lambda r: r.create("b", {}), lambda r: r.update("a", {}), lambda r: r.delete("a")],
    ids=["create", "update", "delete"],
)
def test_a_write_ends_the_snapshot(jpd: Jpd, write: Callable[[Repositories], object]) -> None:
    jpd.snapshot.get("a")

    write(jpd.repositories)
    jpd.snapshot.get("a")

    assert jpd.asked.count(f"GET {BULK}") == 2


def test_a_snapshot_grows_old(jpd: Jpd) -> None:
    jpd.snapshot.get("a")

    jpd.now += LIFETIME_SECONDS
    jpd.snapshot.get("a")

    assert jpd.asked.count(f"GET {BULK}") == 2


@pytest.mark.parametrize("status", [400, 404, 405])
def test_a_jpd_without_the_bulk_call_is_asked_one_by_one_from_then_on(jpd: Jpd, status: int) -> None:
    jpd.bulk_status = status

    assert jpd.snapshot.get("a") is not None
    assert jpd.snapshot.get("a") is not None

    assert jpd.asked == [f"GET {BULK}"] + ["GET /artifactory/api/repositories/a"] * 2
