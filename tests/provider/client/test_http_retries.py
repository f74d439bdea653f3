"""What is repeated, how often, after which wait, and what is not: a write whose fate is unknown."""

import email.utils
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from jpd_provider.errors import (
    ApiError,
    Conflict,
    FateUnknown,
    Forbidden,
    JpdError,
    RateLimited,
    ServerError,
    Unauthorized,
    Unreachable,
)

PATH = "/artifactory/api/repositories/docker-local"
MERGE_CONFLICT = "Could not merge and save new descriptor [org.jfrog.common.ExecutionFailed]"
OK = httpx.Response(200, text="OK")
Talks = Callable[..., Any]

READS = ["GET", "HEAD"]
WRITES = ["PUT", "POST", "DELETE"]
NEVER_SENT = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("busy")]
BROKEN = [
    httpx.ReadError("reset by peer"),
    httpx.ReadTimeout("slow"),
    httpx.WriteError("broken pipe"),
    httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
    httpx.DecodingError("cut"),
]


def name(value: Any) -> str:
    return type(value).__name__ if isinstance(value, Exception) else str(value)


@pytest.mark.parametrize("method", READS + WRITES)
@pytest.mark.parametrize("fault", NEVER_SENT, ids=name)
def test_a_connection_that_was_never_made_is_tried_again(talk: Talks, method: str, fault: Exception) -> None:
    jpd = talk(fault, fault, OK)

    assert jpd.http.request(method, PATH, doing="do").status == 200
    assert len(jpd.requests) == 3


@pytest.mark.parametrize("method", READS + WRITES)
def test_a_jpd_that_is_down_is_unreachable_after_four_attempts(talk: Talks, method: str) -> None:
    jpd = talk(httpx.ConnectError("Connection refused"))

    with pytest.raises(Unreachable) as caught:
        jpd.http.request(method, PATH, doing="read repository 'docker-local'")

    assert len(jpd.requests) == 4
    assert len(jpd.waits) == 3
    assert str(caught.value) == (
        f"read repository 'docker-local' on deployment 'eu': {method} https://eu.example.com{PATH}: Connection "
        "refused. Check that the JPD runs and that https://eu.example.com is reachable from here."
    )
    assert caught.value.deployment == "eu"


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("fault", BROKEN, ids=name)
def test_a_read_that_broke_is_repeated(talk: Talks, method: str, fault: Exception) -> None:
    jpd = talk(fault, OK)

    assert jpd.http.request(method, PATH, doing="do").status == 200
    assert len(jpd.requests) == 2


def test_a_read_that_keeps_breaking_is_unreachable(talk: Talks) -> None:
    jpd = talk(httpx.ReadTimeout("timed out"))

    with pytest.raises(Unreachable, match=r"timed out\. The connection was made, then broke"):
        jpd.http.request("GET", PATH, doing="do")

    assert len(jpd.requests) == 4


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("fault", BROKEN, ids=name)
def test_a_write_that_broke_has_an_unknown_fate_and_is_sent_once(talk: Talks, method: str, fault: Exception) -> None:
    jpd = talk(fault, OK)

    with pytest.raises(FateUnknown, match=r"The JPD may have carried it out: run `pulumi up` again"):
        jpd.http.request(method, PATH, doing="do")

    assert len(jpd.requests) == 1
    assert jpd.waits == []


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_read_is_repeated_on_a_server_error(talk: Talks, method: str, status: int) -> None:
    jpd = talk(httpx.Response(status), httpx.Response(status), httpx.Response(status), OK)

    assert jpd.http.request(method, PATH, doing="do").status == 200
    assert len(jpd.requests) == 4


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_read_ends_with_the_server_error_after_four_attempts(talk: Talks, status: int) -> None:
    jpd = talk(httpx.Response(status, text="broken"))

    with pytest.raises(ServerError, match=f"answered {status}: broken"):
        jpd.http.request("GET", PATH, doing="do")

    assert len(jpd.requests) == 4


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_write_is_not_repeated_on_a_server_error(talk: Talks, method: str, status: int) -> None:
    jpd = talk(httpx.Response(status), OK)

    with pytest.raises(ServerError):
        jpd.http.request(method, PATH, doing="do")

    assert len(jpd.requests) == 1


@pytest.mark.parametrize("method", READS + WRITES)
@pytest.mark.parametrize("status", [429, 503])
def test_a_jpd_that_asks_to_wait_is_asked_again_after_that_time(talk: Talks, method: str, status: int) -> None:
    jpd = talk(httpx.Response(status, headers={"Retry-After": "7"}), OK)

    assert jpd.http.request(method, PATH, doing="do").status == 200
    assert jpd.waits == [7.0]


def test_the_time_to_wait_may_be_a_date(talk: Talks) -> None:
    jpd = talk(httpx.Response(503, headers={"Retry-After": email.utils.formatdate(time.time() + 20, usegmt=True)}), OK)

    jpd.http.request("PUT", PATH, doing="do")

    assert jpd.waits == [pytest.approx(20, abs=2)]


def test_a_date_that_has_passed_means_now(talk: Talks) -> None:
    jpd = talk(httpx.Response(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), OK)

    jpd.http.request("PUT", PATH, doing="do")

    assert jpd.waits == [0.0]


def test_a_wait_is_never_longer_than_thirty_seconds(talk: Talks) -> None:
    jpd = talk(httpx.Response(429, headers={"Retry-After": "3600"}), OK)

    jpd.http.request("GET", PATH, doing="do")

    assert jpd.waits == [30.0]


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"Retry-After": "-1"}])
def test_without_a_readable_time_the_wait_is_short(talk: Talks, headers: dict[str, str]) -> None:
    jpd = talk(httpx.Response(503, headers=headers), OK)

    jpd.http.request("GET", PATH, doing="do")

    assert len(jpd.waits) == 1
    assert 0 <= jpd.waits[0] <= 3


def test_a_jpd_that_keeps_asking_to_slow_down_ends_in_rate_limited(talk: Talks) -> None:
    jpd = talk(httpx.Response(429, headers={"Retry-After": "2"}))

    with pytest.raises(RateLimited) as caught:
        jpd.http.request("PUT", PATH, doing="do")

    assert caught.value.retry_after_seconds == 2.0
    assert len(jpd.requests) == 4


@pytest.mark.parametrize("status", [400, 409, 500])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_a_lost_race_for_the_descriptor_is_run_again(talk: Talks, method: str, status: int) -> None:
    lost = httpx.Response(status, json={"errors": [{"status": status, "message": MERGE_CONFLICT}]})
    jpd = talk(*[lost] * 19, OK)

    assert jpd.http.request(method, PATH, doing="do").status == 200
    assert len(jpd.requests) == 20


def test_the_race_for_the_descriptor_is_given_up_after_twenty_attempts(talk: Talks) -> None:
    jpd = talk(httpx.Response(400, text=MERGE_CONFLICT))

    with pytest.raises(ApiError, match="Could not merge and save new descriptor"):
        jpd.http.request("PUT", PATH, doing="do")

    assert len(jpd.requests) == 20
    assert sum(jpd.waits) <= 60


@pytest.mark.parametrize(
    ("status", "kind"), [(400, ApiError), (401, Unauthorized), (403, Forbidden), (404, ApiError), (409, Conflict)]
)
def test_a_refusal_is_not_repeated(talk: Talks, status: int, kind: type[JpdError]) -> None:
    jpd = talk(httpx.Response(status, text="no"), OK)

    with pytest.raises(kind):
        jpd.http.request("GET", PATH, doing="do")

    assert len(jpd.requests) == 1


def test_the_cause_stays_chained(talk: Talks) -> None:
    fault = httpx.ConnectError("Connection refused")
    jpd = talk(fault)

    with pytest.raises(Unreachable) as caught:
        jpd.http.request("GET", PATH, doing="do")

    assert caught.value.__cause__ is fault


def test_the_text_of_a_fault_is_redacted(talk: Talks, token: str) -> None:
    jpd = talk(httpx.ReadError(f"broke while sending {token}"))

    with pytest.raises(FateUnknown) as caught:
        jpd.http.request("PUT", PATH, doing="do")

    assert token not in str(caught.value)
    assert "broke while sending [secret]" in str(caught.value)
