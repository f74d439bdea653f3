"""`jpd import` as far as it needs no JPD: how objects are named, and how values are written."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from pulumi.runtime import rpc
from pydantic import SecretStr

from jpd_provider import importing
from jpd_provider.cli.import_ import import_
from jpd_provider.errors import UserError
from jpd_provider.importing import Found, Wanted

NAMES = [
    ("FederatedRepository:eu/docker-local", "docker-local"),
    ("FederationMember:eu/docker-local/us/docker", "docker-local-us"),
    ("FederationMember:eu/docker-local/https%3A%2F%2Fap.example.com%2Fartifactory%2Fx", "docker-local-ap.example.com"),
    ("BindingToken:eu~us/federated-repo/*", "eu-us"),
    ("CircleOfTrust:eu/us", "eu-us"),
    ("RouterProxy:ssh://ops@10.0.0.5/opt/jfrog/artifactory/var/etc/system.yaml", "router-proxy"),
    ("mine=FederatedRepository:eu/docker-local", "mine"),
]


@pytest.mark.parametrize(("text", "name"), NAMES)
def test_a_resource_is_named_as_a_person_would(text, name):
    wanted = importing.parse(text)

    assert wanted.name == name
    assert text.endswith(f"{wanted.kind}:{wanted.id}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("eu/docker-local", r"'eu/docker-local' is not \[NAME=\]KIND:ID"),
        ("FederatedRepository:", r"is not \[NAME=\]KIND:ID"),
        ("Repository:eu/x", "'Repository' is no resource of jpd; there are .*FederatedRepository"),
    ],
)
def test_what_is_no_object_is_refused(text, message):
    with pytest.raises(UserError, match=message):
        importing.parse(text)


def test_nothing_to_import_is_said_before_anything_is_read():
    ran = CliRunner().invoke(import_, [])

    assert isinstance(ran.exception, UserError)
    assert "There is nothing to import" in str(ran.exception)


def _found(**values):
    wanted = Wanted("FederatedRepository", "eu/x", "x")
    return Found(wanted, values, values | {"url": "http://eu/artifactory/x"}, ())


def test_an_entry_carries_type_name_id_and_the_provider_in_both_bags():
    [entry] = importing.document([_found(key="x")])["resources"]

    provider = entry["inputs"].pop("__provider")
    assert entry["outputs"].pop("__provider") == provider
    assert entry == {
        "type": "pulumi-python:dynamic/jpd:FederatedRepository",
        "name": "x",
        "id": "eu/x",
        "inputs": {"key": "x"},
        "outputs": {"key": "x", "url": "http://eu/artifactory/x"},
    }


def test_the_provider_is_the_reference_that_the_sdk_registers():
    [entry] = importing.document([_found(key="x")])["resources"]

    assert entry["inputs"]["__provider"] == importing.anchor.reference("FederatedRepository")


def test_a_secret_is_written_in_the_engines_form_at_any_depth():
    [entry] = importing.document([_found(deep={"list": [SecretStr('pass"word')]})])["resources"]

    [secret] = entry["inputs"]["deep"]["list"]
    assert secret == {rpc._special_sig_key: rpc._special_secret_sig, "plaintext": '"pass\\"word"'}
    assert json.loads(secret["plaintext"]) == 'pass"word'


def test_the_declaration_shows_no_secret():
    text = importing.declaration(_found(http_url=SecretStr("http://user:hunter22@proxy:8080")))

    assert "hunter22" not in text
    assert "http_url=...,  # a secret" in text


def test_one_name_for_two_kinds_is_fine_and_for_two_objects_is_not():
    other = Found(Wanted("FederationMember", "eu/x/us/x", "x"), {}, {}, ())

    assert len(importing.document([_found(), other])["resources"]) == 2
    with pytest.raises(UserError, match="'eu/x' and 'us/x' would both be named 'x'"):
        importing.document([_found(), Found(Wanted("FederatedRepository", "us/x", "x"), {}, {}, ())])
