"""The Federation component: what it registers, and what it refuses."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

import pulumi_jpd as jpd


class Recorder(mocks.Mocks):
    def __init__(self) -> None:
        self.seen: dict[str, tuple[str, dict[str, Any]]] = {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.seen[args.name] = (args.typ.rpartition(":")[2], args.inputs)
        return f"{args.name}-id", args.inputs

    def call(self, args: mocks.MockCallArgs) -> dict[Any, Any]:
        raise AssertionError(args)


@pytest.fixture
def recorder() -> Recorder:
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder)
    return recorder


def _declare(recorder: Recorder, **arguments: Any) -> Recorder:
    @pulumi.runtime.test
    def program() -> Any:
        federation = jpd.Federation("shared", **arguments)
        return pulumi.Output.all(*[repository.urn for repository in federation.repositories.values()])

    program()
    return recorder


def test_every_pair_of_sites_is_paired_and_every_repository_has_the_other_sites_as_members(recorder):
    seen = _declare(
        recorder, sites=["eu", "us", "ap"], repositories=jpd.repositories_for(["docker", "npm"], description="x")
    ).seen

    assert {name for name, (kind, _) in seen.items() if kind == "BindingToken"} == {
        "shared-eu-us",
        "shared-eu-ap",
        "shared-us-ap",
    }
    assert {name for name, (kind, _) in seen.items() if kind == "FederatedRepository"} == {
        "shared-docker-local",
        "shared-npm-local",
    }
    inputs = seen["shared-docker-local"][1]
    assert (inputs["deployment"], inputs["key"], inputs["description"]) == ("eu", "docker-local", "x")
    assert set(inputs["members"]) == {"us", "ap"}


def test_the_hub_can_be_chosen(recorder):
    seen = _declare(
        recorder, sites=["eu", "us"], hub="us", repositories={"k": jpd.FederationRepositoryArgs("generic")}
    ).seen

    assert seen["shared-k"][1]["deployment"] == "us"
    assert set(seen["shared-k"][1]["members"]) == {"eu"}


def test_an_override_applies_to_its_site_only(recorder):
    repository = jpd.FederationRepositoryArgs(
        "generic",
        environments=["DEV"],
        overrides={
            "eu": jpd.FederatedRepositoryMemberArgs(environments=["PROD"], enabled=False),
            "us": jpd.FederatedRepositoryMemberArgs(xray_index=True),
        },
    )

    inputs = _declare(recorder, sites=["eu", "us", "ap"], repositories={"k": repository}).seen["shared-k"][1]

    assert (inputs["environments"], inputs["sync_enabled"]) == (["PROD"], False)
    assert inputs["members"] == {
        "us": {"environments": ["DEV"], "xray_index": True},
        "ap": {"environments": ["DEV"]},
    }


def test_ten_sites_and_fifty_repositories_are_45_bindings_and_50_repositories(recorder):
    sites = [f"s{number}" for number in range(10)]
    repositories = {f"r{number}": jpd.FederationRepositoryArgs("generic") for number in range(50)}

    seen = _declare(recorder, sites=sites, repositories=repositories).seen

    kinds = [kind for kind, _ in seen.values()]
    assert (kinds.count("BindingToken"), kinds.count("FederatedRepository")) == (45, 50)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sites": ["eu"]}, "2 to 10 different sites"),
        ({"sites": ["eu", "eu"]}, "2 to 10 different sites"),
        ({"sites": [f"s{n}" for n in range(11)]}, "2 to 10 different sites"),
        ({"sites": ["eu", "us"], "hub": "ap"}, "the hub 'ap' is none of the sites eu, us"),
        (
            {
                "sites": ["eu", "us"],
                "repositories": {
                    "k": jpd.FederationRepositoryArgs(
                        "generic", overrides={"ap": jpd.FederatedRepositoryMemberArgs(enabled=False)}
                    )
                },
            },
            "overrides for ap",
        ),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(recorder, arguments, message):
    with pytest.raises(ValueError, match=message):
        jpd.Federation("shared", **({"repositories": {}} | arguments))


def test_a_pattern_without_the_package_type_is_refused():
    with pytest.raises(ValueError, match=r"no \{package_type\}"):
        jpd.repositories_for(["docker", "npm"], key="shared")
