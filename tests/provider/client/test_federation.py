"""Federation management on the wire: each call's path, body and query."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from jpd_provider.client.federation import Federation
from jpd_provider.errors import ApiError

BASE = "/artifactory/api/federation"
Talks = Callable[..., Any]


@pytest.mark.parametrize(
    ("call", "line", "content"),
    [
        (lambda federation: federation.convert_to_local("k"), f"POST {BASE}/convertToLocal", b'["k"]'),
        (lambda federation: federation.migrate("a/b"), f"POST {BASE}/migrate/a%2Fb", b""),
        (lambda federation: federation.synchronize_configuration("k"), f"POST {BASE}/configSync/k", b""),
        (
            lambda federation: federation.full_sync("k", mirror="https://us/artifactory/k"),
            f"POST {BASE}/fullSync/k?mirror=https%3A%2F%2Fus%2Fartifactory%2Fk",
            b"",
        ),
    ],
    ids=["convert_to_local", "migrate", "synchronize_configuration", "full_sync"],
)
def test_a_call_takes_its_documented_form(
    talk: Talks, call: Callable[[Federation], None], line: str, content: bytes
) -> None:
    jpd = talk(httpx.Response(200, text="done"))

    call(Federation(jpd.http))

    assert jpd.lines == [line]
    assert jpd.requests[0].content == content


def test_a_refusal_says_what_was_tried(talk: Talks) -> None:
    jpd = talk(httpx.Response(400, text="no"))

    with pytest.raises(ApiError, match=r"^start full sync of 'k' to https://us/artifactory/k on deployment 'eu': POST"):
        Federation(jpd.http).full_sync("k", mirror="https://us/artifactory/k")
