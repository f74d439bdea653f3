"""What a program registers with the engine."""

import json
import pickle
from pathlib import Path
from typing import Any

import pulumi
import pytest

import pulumi_jpd

GOLDEN: dict[str, str] = json.loads((Path(__file__).parents[1] / "provider" / "golden_blobs.json").read_text())


class Engine(pulumi.runtime.Mocks):
    """Records what is registered; outputs are the inputs."""

    def __init__(self) -> None:
        self.registered: dict[str, pulumi.runtime.MockResourceArgs] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.registered[args.name] = args
        return f"{args.name}-id", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        raise AssertionError(f"no function is called: {args.token}")


@pytest.fixture
def engine() -> Engine:
    engine = Engine()
    pulumi.runtime.set_mocks(engine, "project", "stack", preview=False)
    return engine


def repository(name: str, **more: Any) -> pulumi_jpd.FederatedRepository:
    return pulumi_jpd.FederatedRepository(name, deployment="eu", key="docker-local", package_type="docker", **more)


def test_a_program_registers_each_resource_under_its_frozen_token(engine: Engine) -> None:
    @pulumi.runtime.test
    def program() -> Any:
        pulumi_jpd.BindingToken("trust", source="eu", target="us")
        pulumi_jpd.CircleOfTrust("circle", deployment="eu", trusts="us")
        pulumi_jpd.DeploymentRegistration("registered", home="eu", target="us")
        hub = repository("hub")
        member = pulumi_jpd.FederationMember(
            "member", deployment=hub.deployment, repository_key=hub.key, member="us", enabled=False
        )
        node = {"file": "system.yaml"}
        pulumi_jpd.RouterProxy("proxy", node=node, http_url="http://proxy.example.com:3128")
        pulumi_jpd.JoinTrust("join", node=node, jfrog_url="http://eu.example.com:8082", join_key="0123456789abcdef" * 2)
        return member.urn

    program()

    assert {name: args.typ for name, args in engine.registered.items()} == {
        "trust": "pulumi-python:dynamic/jpd:BindingToken",
        "circle": "pulumi-python:dynamic/jpd:CircleOfTrust",
        "registered": "pulumi-python:dynamic/jpd:DeploymentRegistration",
        "hub": "pulumi-python:dynamic/jpd:FederatedRepository",
        "member": "pulumi-python:dynamic/jpd:FederationMember",
        "proxy": "pulumi-python:dynamic/jpd:RouterProxy",
        "join": "pulumi-python:dynamic/jpd:JoinTrust",
    }
    assert {args.typ.rpartition(":")[2]: args.inputs["__provider"] for args in engine.registered.values()} == GOLDEN
    assert engine.registered["member"].inputs == {
        "__provider": GOLDEN["FederationMember"],
        "deployment": "eu",
        "repository_key": "docker-local",
        "member": "us",
        "enabled": False,
    }


def test_the_stored_reference_does_not_depend_on_the_default_protocol(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pickle, "DEFAULT_PROTOCOL", 5)

    @pulumi.runtime.test
    def program() -> Any:
        return repository("hub").urn

    program()

    assert engine.registered["hub"].inputs["__provider"] == GOLDEN["FederatedRepository"]


def test_arguments_that_are_not_given_are_not_sent(engine: Engine) -> None:
    @pulumi.runtime.test
    def program() -> Any:
        return repository("hub").urn

    program()

    assert set(engine.registered["hub"].inputs) == {"__provider", "deployment", "key", "package_type"}


def test_empty_and_false_are_values(engine: Engine) -> None:
    @pulumi.runtime.test
    def program() -> Any:
        return repository("hub", description="", xray_index=False, environments=[]).urn

    program()

    inputs = engine.registered["hub"].inputs
    assert (inputs["description"], inputs["xray_index"], inputs["environments"]) == ("", False, [])


def test_the_same_arguments_serve_twice_and_stay_as_they_are(engine: Engine) -> None:
    settings = {"dockerTagRetention": 5}
    arguments: dict[str, Any] = {"deployment": "eu", "package_type": "docker", "settings": settings}

    @pulumi.runtime.test
    def program() -> Any:
        one = pulumi_jpd.FederatedRepository("one", key="one", **arguments)
        two = pulumi_jpd.FederatedRepository("two", key="two", **arguments)
        return pulumi.Output.all(one.urn, two.urn)

    program()

    assert engine.registered["one"].inputs["settings"] == engine.registered["two"].inputs["settings"]
    assert arguments == {"deployment": "eu", "package_type": "docker", "settings": {"dockerTagRetention": 5}}
    assert settings == {"dockerTagRetention": 5}


def test_one_resource_can_be_referred_to_by_many(engine: Engine) -> None:
    @pulumi.runtime.test
    def program() -> Any:
        hub = repository("hub")
        members = [
            pulumi_jpd.FederationMember(name, deployment="eu", repository_key=hub.key, member=name)
            for name in ("us", "ap")
        ]
        return pulumi.Output.all(*(member.urn for member in members))

    program()

    assert [engine.registered[name].inputs["repository_key"] for name in ("us", "ap")] == ["docker-local"] * 2


def test_a_misspelt_argument_is_refused_by_python() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'descripton'"):
        repository("hub", descripton="x")


def test_the_plugin_file_says_that_no_plugin_is_to_be_downloaded() -> None:
    file = Path(pulumi_jpd.__file__).with_name("pulumi-plugin.json")

    assert json.loads(file.read_text()) == {"resource": False}
