"""The control plane as HTTP: its OpenAPI document, its page, and who may use it."""

from __future__ import annotations

import re

import httpx
import pytest

from jpd_sim import ControlClient


@pytest.fixture
def control(world):
    simulator = world.simulator
    headers = {"Authorization": f"Bearer {simulator.control_token}"}
    base = simulator.control_url.removesuffix("/_sim")
    with httpx.Client(base_url=base, headers=headers, trust_env=False, timeout=20) as client:
        yield client


@pytest.fixture
def document(control):
    return control.get("/_sim/openapi.json", headers={"Authorization": ""}).json()


def operations(document):
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_is_described_with_a_summary_and_its_own_name(document):
    names = [operation["operationId"] for _, _, operation in operations(document)]

    assert document["openapi"] == "3.1.0"
    assert len(names) == len(set(names)) > 30
    assert all(
        operation["summary"].endswith((".", "?")) or operation["summary"] for _, _, operation in operations(document)
    )


def test_every_path_of_the_document_is_served_and_needs_the_token(document, control):
    for path, method, _ in operations(document):
        filled = re.sub(r"\{number\}", "1", re.sub(r"\{(name|node|service|file)\}", "eu", path))

        answer = control.request(method, filled, headers={"Authorization": "Bearer wrong"})

        assert answer.status_code == 401, (method, path)


def test_every_operation_has_a_method_of_the_python_client(document):
    renamed = {
        "change_link": "cut_link",
        "change_clock": "advance_clock",
        "lay_down": "lay_down_certificate",
        "watch": "watch_trusted_folder",
        "rotate": "rotate_root_certificate",
        "profile": "change_profile",
        "remove_federated_base_url": "set_federated_base_url",
    }
    names = {operation["operationId"] for _, _, operation in operations(document)}

    missing = sorted(name for name in names if not hasattr(ControlClient, renamed.get(name, name)))

    assert missing == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "the body is not valid JSON"),
        (b"[]", "the body must be a JSON object"),
        (b'{"name": 1}', "name must be of type string"),
        (b'{"nam": "a"}', "unknown fields: nam; known are name"),
        (b"{}", "missing fields: name"),
        (b"[" * 100_000, "the body is not valid JSON"),
    ],
    ids=["syntax", "list", "type", "unknown", "missing", "deep"],
)
def test_a_bad_body_is_400_and_says_why(control, body, message):
    answer = control.post("/_sim/snapshots", content=body)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(message)


def test_an_unknown_path_says_where_the_known_ones_are(control):
    answer = control.get("/_sim/nothing")

    assert (answer.status_code, answer.json()) == (404, {"error": "there is no GET /_sim/nothing; see /_sim/docs"})


def test_the_page_loads_nothing_from_elsewhere_and_runs_only_its_own_script(control):
    answer = control.get("/_sim/docs", headers={"Authorization": ""})
    nonce = re.search(r"script-src 'nonce-([^']+)'", answer.headers["content-security-policy"])[1]

    assert answer.headers["content-type"].startswith("text/html")
    assert re.findall(r"https?://", answer.text) == []
    assert re.findall(r"<(?:script|style)[^>]*>", answer.text) == [
        f'<style nonce="{nonce}">',
        f'<script nonce="{nonce}">',
    ]


@pytest.mark.parametrize("path", ["/_sim/docs", "/_sim/openapi.json", "/_sim/clock"])
@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}],
    ids=["host", "origin", "null"],
)
def test_names_and_pages_of_others_are_refused(control, path, headers):
    answer = control.get(path, headers=headers)

    assert answer.status_code == 403


def test_its_own_page_and_localhost_are_welcome(control, world):
    port = httpx.URL(world.simulator.control_url).port
    host = f"localhost:{port}"

    answer = control.get("/_sim/clock", headers={"Host": host, "Origin": f"http://{host}"})

    assert answer.status_code == 200
