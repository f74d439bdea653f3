"""Tokens of one JPD on the wire."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from jpd_provider.client.access import Access
from jpd_provider.errors import Forbidden

Talks = Callable[..., Any]


@pytest.mark.parametrize(("status", "known"), [(200, True), (404, False)])
def test_the_issuer_tells_whether_it_holds_a_token(talk: Talks, status: int, known: bool) -> None:
    jpd = talk(httpx.Response(status))

    assert Access(jpd.http).knows_token("id/1") is known
    assert jpd.lines == ["GET /access/api/v1/tokens/id%2F1"]


def test_a_refused_look_up_is_not_an_answer(talk: Talks) -> None:
    with pytest.raises(Forbidden):
        Access(talk(httpx.Response(403)).http).knows_token("id")


@pytest.mark.parametrize("status", [200, 204, 404])
def test_revoking_a_token_that_is_revoked_already_is_fine(talk: Talks, status: int) -> None:
    jpd = talk(httpx.Response(status))

    Access(jpd.http).revoke_token("id")

    assert jpd.lines == ["DELETE /access/api/v1/tokens/id"]


def test_a_refused_revocation_is_an_error(talk: Talks) -> None:
    with pytest.raises(Forbidden):
        Access(talk(httpx.Response(403)).http).revoke_token("id")
