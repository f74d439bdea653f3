"""From a status and a body to the error that says how to react."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from jpd_provider import errors
from jpd_provider.client import refusals

PATH = "/artifactory/api/repositories/docker-local"
Talks = Callable[..., Any]


def refused(jpd: Any) -> errors.JpdError:
    with pytest.raises(errors.JpdError) as caught:
        jpd.http.request("PUT", PATH, doing="create repository 'docker-local'")
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (400, errors.ApiError, ""),
        (401, errors.Unauthorized, "The credential is wrong or expired"),
        (403, errors.Forbidden, "The credential lacks the rights"),
        (404, errors.NotFound, ""),
        (405, errors.ApiError, ""),
        (407, errors.ProxyRefused, "A proxy between here and the JPD wants credentials"),
        (409, errors.Conflict, ""),
        (429, errors.RateLimited, "The JPD asks to slow down"),
        (500, errors.ServerError, "The JPD itself failed"),
        (501, errors.ServerError, "The JPD itself failed"),
    ],
)
def test_each_status_has_its_reaction(talk: Talks, status: int, kind: type[errors.ApiError], hint: str) -> None:
    jpd = talk(httpx.Response(status, json={"errors": [{"status": status, "message": "Bad credentials"}]}))

    error = refused(jpd)

    assert type(error) is kind
    assert (error.status, error.deployment, error.body_excerpt) == (status, "eu", "Bad credentials")
    assert str(error).startswith(
        f"create repository 'docker-local' on deployment 'eu': PUT https://eu.example.com{PATH} answered {status}: "
        "Bad credentials."
    )
    assert hint in error.hint
    assert bool(hint) == bool(error.hint)


@pytest.mark.parametrize("status", [400, 404])
def test_an_html_page_never_means_gone(talk: Talks, status: int) -> None:
    jpd = talk(httpx.Response(status, html="<html>Not found</html>"))

    error = refused(jpd)

    assert type(error) is errors.ContractError
    assert f"answered {status} with an HTML page" in str(error)


@pytest.mark.parametrize(("status", "kind"), [(401, errors.Unauthorized), (403, errors.Forbidden)])
def test_a_refusal_without_a_word_says_so(talk: Talks, status: int, kind: type[errors.ApiError]) -> None:
    error = refused(talk(httpx.Response(status)))

    assert type(error) is kind
    assert f"answered {status}: no explanation." in str(error)


def test_a_key_that_is_taken_is_a_conflict_although_the_product_answers_400(talk: Talks) -> None:
    message = "error when validating repository name: Case insensitive repository key already exists"

    error = refused(talk(httpx.Response(400, json={"errors": [{"status": 400, "message": message}]})))

    assert type(error) is errors.Conflict


def test_the_id_of_the_request_helps_to_find_it_in_the_logs(talk: Talks) -> None:
    error = refused(talk(httpx.Response(400, text="no", headers={"X-Request-Id": "abc123"})))

    assert isinstance(error, errors.ApiError)
    assert error.request_id == "abc123"
    assert "no (request abc123)." in str(error)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Failed: cross-instance authentication", "declare a BindingToken between them"),
        ("Base URL is mandatory", "Set the JPD's base URL"),
        ("Master authentication token is expired for remote: x", "pulumi up --refresh"),
        ("Failed to update remote members: [http://us]", "Check that each member URL named above is reachable"),
    ],
)
def test_a_known_sentence_of_the_product_gets_its_remedy(talk: Talks, text: str, hint: str) -> None:
    assert hint in refused(talk(httpx.Response(400, text=text))).hint


def test_an_excerpt_is_at_most_256_characters(talk: Talks) -> None:
    error = refused(talk(httpx.Response(400, text="x" * 1000)))

    assert isinstance(error, errors.ApiError)
    assert error.body_excerpt == "x" * 256


@pytest.mark.parametrize(
    "body",
    [
        "{token}",
        '{{"errors": [{{"message": "bad {token}"}}]}}',
        # Masks shorten the text before it: what was beyond the limit moves into sight.
        "{token}" * 24 + "x" * 24 + "{token}",
        "x" * 500 + "{token}",
    ],
)
def test_no_secret_and_no_half_of_one_is_quoted(talk: Talks, token: str, body: str) -> None:
    error = refused(talk(httpx.Response(400, text=body.format(token=token))))

    assert token[:6] not in str(error)
    assert isinstance(error, errors.ApiError)
    assert token[:6] not in error.body_excerpt


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"errors": [{"status": 400, "message": "one"}, {"message": "two"}]}', "one; two"),
        (
            '{"errors": [{"code": "X", "message": "HTTP 401", "detail": "Bad credentials"}]}',
            "HTTP 401: Bad credentials",
        ),
        ('{"errors": [{"detail": "only this"}, "text", {}]}', "only this"),
        ('{"errors": "none"}', '{"errors": "none"}'),
        ("[1,  2]", "[1, 2]"),
        ("plain\n text", "plain text"),
        ("", ""),
    ],
)
def test_what_the_product_said_is_taken_out_of_its_envelope(body: str, said: str) -> None:
    assert refusals.said(body) == said
