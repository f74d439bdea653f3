"""The JPD registry on the wire."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from jpd_provider.client.mission_control import Location, MissionControl
from jpd_provider.errors import ContractError, NotFound

Talks = Callable[..., Any]

US = {
    "id": "JPD-2",
    "name": "us",
    "url": "https://us.example.com/",
    "base_url": "https://us.example.com/",
    "status": {"code": "ONLINE", "message": "All services are online", "warnings": []},
    "location": {"city_name": "Paris", "country_code": "FR", "latitude": 48.85, "longitude": 2.35},
    "licenses": [],
    "tags": ["prod"],
    "local": False,
}
PARIS = Location.model_validate(US["location"])
FIELDS: dict[str, Any] = {"name": "us", "url": "https://us.example.com/", "location": PARIS, "tags": ["prod"]}


def test_adding_sends_the_documented_body_and_reads_the_entry(talk: Talks) -> None:
    jpd = talk(httpx.Response(201, json=US))

    entry = MissionControl(jpd.http).add_jpd(**FIELDS, token=SecretStr("pairing"))

    assert jpd.lines == ["POST /mc/api/v1/jpds"]
    assert json.loads(jpd.requests[0].content) == {**FIELDS, "location": US["location"], "token": "pairing"}
    assert (entry.id, entry.status.code, entry.location, entry.tags) == ("JPD-2", "ONLINE", PARIS, ["prod"])


def test_changing_without_a_token_sends_none(talk: Talks) -> None:
    jpd = talk(httpx.Response(204))

    MissionControl(jpd.http).update_jpd("JPD-2", **FIELDS)

    assert jpd.lines == ["PUT /mc/api/v1/jpds/JPD-2"]
    assert "token" not in json.loads(jpd.requests[0].content)


def test_the_list_holds_home_too(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, json=[US | {"id": "JPD-1", "local": True}, US]))

    assert [entry.local for entry in MissionControl(jpd.http).list_jpds()] == [True, False]


@pytest.mark.parametrize("body", [{}, {"jpds": []}, "OK", [7]])
def test_a_list_that_is_none_breaks_the_contract(talk: Talks, body: Any) -> None:
    with pytest.raises(ContractError, match="answered with no JPD"):
        MissionControl(talk(httpx.Response(200, json=body)).http).list_jpds()


def test_an_id_is_escaped(talk: Talks) -> None:
    jpd = talk(httpx.Response(404, json={"errors": [{"message": "JPD with id x/y was not found."}]}))

    with pytest.raises(NotFound, match="was not found"):
        MissionControl(jpd.http).get_jpd("x/y")

    assert jpd.lines == ["GET /mc/api/v1/jpds/x%2Fy"]


def test_without_the_service_a_ping_is_not_found(talk: Talks) -> None:
    with pytest.raises(NotFound):
        MissionControl(talk(httpx.Response(404, text="404 page not found")).http).ping()
