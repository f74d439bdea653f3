"""One request and its answer: headers, bodies, redirects, time."""

import base64
import datetime
import email.utils
import logging
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import jpd_provider
from jpd_provider import redaction
from jpd_provider.errors import ContractError

PATH = "/artifactory/api/system/version"
Talks = Callable[..., Any]


def test_a_request_carries_token_agent_and_id(talk: Talks, token: str) -> None:
    jpd = talk(httpx.Response(200, text="OK"))

    answer = jpd.http.request("GET", PATH, doing="ask", params={"a": "b c"})

    sent = jpd.requests[0]
    assert (answer.status, answer.text, answer.json) == (200, "OK", None)
    assert str(sent.url) == f"https://eu.example.com{PATH}?a=b+c"
    assert sent.headers["Authorization"] == f"Bearer {token}"
    assert sent.headers["User-Agent"] == f"pulumi-jpd/{jpd_provider.__version__}"
    assert re.fullmatch("[0-9a-f]{32}", sent.headers["X-Request-Id"])


def test_each_request_has_an_id_of_its_own(talk: Talks) -> None:
    jpd = talk(httpx.Response(200))

    jpd.http.request("GET", PATH, doing="ask")
    jpd.http.request("GET", PATH, doing="ask")

    assert jpd.requests[0].headers["X-Request-Id"] != jpd.requests[1].headers["X-Request-Id"]


def test_a_repeated_request_keeps_its_id(talk: Talks) -> None:
    jpd = talk(httpx.Response(503), httpx.Response(200))

    jpd.http.request("GET", PATH, doing="ask")

    assert jpd.requests[0].headers["X-Request-Id"] == jpd.requests[1].headers["X-Request-Id"]


def test_username_and_password_travel_as_basic_authentication(talk: Talks) -> None:
    jpd = talk(httpx.Response(200), username="admin", password="pass-word")

    jpd.http.request("GET", PATH, doing="ask")

    basic = base64.b64encode(b"admin:pass-word").decode()
    assert jpd.requests[0].headers["Authorization"] == f"Basic {basic}"
    assert redaction.redact(f"x {basic} y") == "x [secret] y"


def test_a_url_with_a_path_keeps_it(talk: Talks, token: str) -> None:
    jpd = talk(httpx.Response(200), url="https://example.com/platform", accessToken=token)

    jpd.http.request("GET", PATH, doing="ask")

    assert str(jpd.requests[0].url) == f"https://example.com/platform{PATH}"


def test_a_json_body_is_sent_as_json(talk: Talks) -> None:
    jpd = talk(httpx.Response(200))

    jpd.http.request("PUT", PATH, doing="write", json={"a": 1})

    assert jpd.requests[0].headers["Content-Type"] == "application/json"
    assert jpd.requests[0].content == b'{"a":1}'


def test_a_text_body_is_sent_as_plain_text(talk: Talks) -> None:
    jpd = talk(httpx.Response(200))

    jpd.http.request("PUT", PATH, doing="write", text="https://eu")

    assert jpd.requests[0].headers["Content-Type"] == "text/plain"
    assert jpd.requests[0].content == b"https://eu"


def test_json_is_parsed_where_it_is_due(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, json={"version": "7.104.2"}))

    assert jpd.http.request("GET", PATH, doing="ask", body="json").json == {"version": "7.104.2"}


@pytest.mark.parametrize(
    ("text", "kind"), [("<html>Log in</html>", "text/html"), ('{"version": "7.1', "application/json"), ("", "")]
)
def test_what_is_no_json_where_json_is_due_breaks_the_contract(talk: Talks, text: str, kind: str) -> None:
    jpd = talk(httpx.Response(200, text=text, headers={"Content-Type": kind} if kind else {}))

    with pytest.raises(ContractError) as caught:
        jpd.http.request("GET", PATH, doing="ask the version", body="json")

    said = str(caught.value)
    assert f"ask the version on deployment 'eu': GET https://eu.example.com{PATH} answered 200 with {kind}" in said
    assert "where JSON is due" in said
    assert "check the url and the proxy" in said
    assert len(jpd.requests) == 1


def test_a_quoted_body_is_redacted_before_it_is_cut(talk: Talks, token: str) -> None:
    jpd = talk(httpx.Response(200, text="x" * 250 + token))

    with pytest.raises(ContractError) as caught:
        jpd.http.request("GET", PATH, doing="ask", body="json")

    assert token[:6] not in str(caught.value)


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://login.example.com/x?t=1", "https://login.example.com."),
        ("http://eu.example.com/x", "http://eu.example.com."),
        ("https://eu.example.com:8443/x", "https://eu.example.com:8443."),
        ("//other.test/x", "https://other.test."),
    ],
)
def test_a_redirect_to_another_origin_is_refused_and_never_sent(
    talk: Talks, method: str, status: int, location: str, shown: str
) -> None:
    jpd = talk(httpx.Response(status, headers={"Location": location}))

    with pytest.raises(ContractError) as caught:
        jpd.http.request(method, PATH, doing="ask")

    assert f"answered {status}, a redirect to {shown}" in str(caught.value)
    assert "Credentials do not follow redirects to another origin" in str(caught.value)
    assert [request.url.host for request in jpd.requests] == ["eu.example.com"]
    assert [request.url.scheme for request in jpd.requests] == ["https"]


def test_a_read_follows_a_redirect_within_its_own_origin(talk: Talks, token: str) -> None:
    jpd = talk(httpx.Response(302, headers={"Location": "/other"}), httpx.Response(200, text="there"))

    answer = jpd.http.request("GET", PATH, doing="ask")

    assert answer.text == "there"
    assert jpd.lines == [f"GET {PATH}", "GET /other"]
    assert jpd.requests[1].headers["Authorization"] == f"Bearer {token}"


def test_a_write_follows_no_redirect(talk: Talks) -> None:
    jpd = talk(httpx.Response(307, headers={"Location": "/other"}))

    with pytest.raises(ContractError, match="answered 307, a redirect to another path"):
        jpd.http.request("PUT", PATH, doing="write", json={})

    assert len(jpd.requests) == 1


def test_redirects_in_a_circle_end(talk: Talks) -> None:
    jpd = talk(httpx.Response(302, headers={"Location": PATH}))

    with pytest.raises(ContractError, match="redirects in a circle"):
        jpd.http.request("GET", PATH, doing="ask")

    assert len(jpd.requests) == 5


@pytest.mark.parametrize("status", [300, 302, 304])
def test_a_status_that_is_no_success_and_leads_nowhere_breaks_the_contract(talk: Talks, status: int) -> None:
    jpd = talk(httpx.Response(status))

    with pytest.raises(ContractError, match=f"answered {status}, a redirect to nowhere"):
        jpd.http.request("PUT", PATH, doing="write", json={})


@pytest.mark.parametrize(
    "url", ["https://us.example.com/x", "http://eu.example.com/x", "https://eu.example.com:8443/x"]
)
def test_the_credential_goes_to_its_own_origin_only(talk: Talks, url: str) -> None:
    jpd = talk(httpx.Response(200))

    jpd.http.request("GET", url, doing="ask")

    assert "Authorization" not in jpd.requests[0].headers


def test_the_timeouts_hold_for_their_phase(talk: Talks, token: str) -> None:
    jpd = talk(httpx.Response(200), accessToken=token, connectTimeoutSeconds=2.5, readTimeoutSeconds=9)

    jpd.http.request("GET", PATH, doing="ask")

    assert jpd.requests[0].extensions["timeout"] == {"connect": 2.5, "read": 9.0, "write": 9.0, "pool": 9.0}


def test_a_log_line_tells_the_call_and_no_secret(
    talk: Talks, token: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("jpd_provider"), "propagate", True)
    jpd = talk(httpx.Response(200))

    with caplog.at_level(logging.DEBUG, logger="jpd_provider"):
        jpd.http.request("GET", PATH, doing="ask")

    assert f"GET {PATH} on 'eu': 200 in" in caplog.text
    assert token not in caplog.text


def at(offset: datetime.timedelta) -> str:
    return email.utils.format_datetime(datetime.datetime.now(tz=datetime.timezone.utc) + offset, usegmt=True)


def offset_of(jpd: Any) -> float:
    return float((jpd.http.now() - datetime.datetime.now(tz=datetime.timezone.utc)).total_seconds())


def test_now_is_our_own_time_until_the_jpd_has_answered(talk: Talks) -> None:
    assert abs(offset_of(talk(httpx.Response(200)))) < 1


@pytest.mark.parametrize("hours", [-3, 5])
def test_now_is_the_time_of_the_jpd(talk: Talks, hours: int) -> None:
    jpd = talk(httpx.Response(200, headers={"Date": at(datetime.timedelta(hours=hours))}))

    jpd.http.request("GET", PATH, doing="ask")

    assert offset_of(jpd) == pytest.approx(hours * 3600, abs=3)


def test_a_clock_that_differs_by_the_rounding_agrees(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, headers={"Date": at(datetime.timedelta(0))}))

    jpd.http.request("GET", PATH, doing="ask")

    assert abs(offset_of(jpd)) < 0.1


def test_an_answer_with_an_unreadable_date_keeps_the_time_known_so_far(talk: Talks) -> None:
    known = httpx.Response(200, headers={"Date": at(datetime.timedelta(hours=5))})
    jpd = talk(known, httpx.Response(200, headers={"Date": "yesterday"}), httpx.Response(200))

    for _ in range(3):
        jpd.http.request("GET", PATH, doing="ask")

    assert offset_of(jpd) == pytest.approx(5 * 3600, abs=3)


def test_a_date_without_a_zone_is_utc(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, headers={"Date": at(datetime.timedelta(hours=5)).replace("GMT", "-0000")}))

    jpd.http.request("GET", PATH, doing="ask")

    assert offset_of(jpd) == pytest.approx(5 * 3600, abs=3)


def test_waiting_ends_with_the_first_result_that_is_done(talk: Talks) -> None:
    jpd = talk(httpx.Response(200))
    results = iter([1, 2, 3, 4])

    assert jpd.http.wait_until(lambda: next(results), lambda result: result == 3, seconds=60) == 3
    assert next(results) == 4
    assert len(jpd.waits) == 2
    assert jpd.waits == sorted(jpd.waits)


def test_waiting_ends_with_the_last_result_when_the_time_is_up(talk: Talks) -> None:
    jpd = talk(httpx.Response(200))

    assert jpd.http.wait_until(lambda: "not yet", lambda result: False, seconds=0) == "not yet"
    assert jpd.waits == []


def test_an_error_of_the_probe_ends_the_waiting(talk: Talks) -> None:
    jpd = talk(httpx.Response(404))

    with pytest.raises(Exception, match="answered 404"):
        jpd.http.wait_until(lambda: jpd.http.request("GET", PATH, doing="ask"), lambda _: True, seconds=60)

    assert len(jpd.requests) == 1
