"""What holds for every resource of the registry."""

from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from jpd_provider import resources
from jpd_provider.resources.kind import Kind, Rule

RESERVED = {"id", "urn", "drift"}


@pytest.fixture(params=sorted(resources.REGISTRY))
def kind(request: pytest.FixtureRequest) -> Kind[Any, Any]:
    return resources.find(request.param)


def test_a_kind_has_the_name_under_which_it_is_registered() -> None:
    assert {name: resources.find(name).name for name in resources.REGISTRY} == {
        name: name for name in resources.REGISTRY
    }


def test_the_rules_cover_the_inputs_and_nothing_else(kind: Kind[Any, Any]) -> None:
    assert set(kind.rules) == set(kind.inputs.model_fields)


def test_an_input_and_a_computed_output_never_share_a_name(kind: Kind[Any, Any]) -> None:
    assert not set(kind.inputs.model_fields) & set(kind.state.model_fields)


def test_no_property_takes_a_name_of_pulumi_or_of_the_host(kind: Kind[Any, Any]) -> None:
    names = set(kind.inputs.model_fields) | set(kind.state.model_fields)

    assert not names & RESERVED
    assert not any(name.startswith("_") for name in names)


def test_named_fields_are_inputs(kind: Kind[Any, Any]) -> None:
    assert set(kind.deployment_fields) <= set(kind.inputs.model_fields)
    assert set(kind.unordered) <= set(kind.inputs.model_fields)


def test_the_required_inputs_are_part_of_the_identity(kind: Kind[Any, Any]) -> None:
    required = {name for name, field in kind.inputs.model_fields.items() if field.default is PydanticUndefined}

    # A JoinTrust is the keys in a node's file, and keeps its id when the way to the node changes.
    exempt = {"node", "jfrog_url", "join_key"} if kind.name == "JoinTrust" else set()
    assert {name for name in required if kind.rules[name] is not Rule.REPLACE} == exempt


def test_computed_outputs_can_all_be_absent_from_old_state(kind: Kind[Any, Any]) -> None:
    assert kind.state.model_validate({}) == kind.state()


def test_every_input_is_documented(kind: Kind[Any, Any]) -> None:
    assert [name for name, field in kind.inputs.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("name", "inputs", "id_"),
    [
        ("BindingToken", {"source": "eu", "target": "us"}, "eu~us/federated-repo/*"),
        ("BindingToken", {"source": "eu", "target": "us", "use_case": "federated-repo/k"}, "eu~us/federated-repo/k"),
        ("CircleOfTrust", {"deployment": "eu", "trusts": "us"}, "eu/us"),
        ("DeploymentRegistration", {"home": "eu", "target": "us"}, "eu/us"),
        (
            "FederatedRepository",
            {"deployment": "eu", "key": "docker-local", "package_type": "docker"},
            "eu/docker-local",
        ),
        (
            "FederationMember",
            {"deployment": "eu", "repository_key": "docker-local", "member": "us"},
            "eu/docker-local/us/docker-local",
        ),
        (
            "FederationMember",
            {"deployment": "eu", "repository_key": "docker-local", "member": "us", "member_key": "mirror"},
            "eu/docker-local/us/mirror",
        ),
    ],
)
def test_the_form_of_an_id_is_frozen(name: str, inputs: dict[str, Any], id_: str) -> None:
    kind = resources.find(name)

    assert kind.identity(kind.inputs.model_validate(inputs)) == id_


def test_an_unknown_name_is_no_resource() -> None:
    with pytest.raises(KeyError):
        resources.find("Nonsense")
