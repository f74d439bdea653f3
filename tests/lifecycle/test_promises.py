"""The promises that hold for every federation: all package types, all sizes, crowds, partitions, secrets."""

from __future__ import annotations

import itertools
import json
import re

import pytest

from harness import program
from harness.engine import Engine
from harness.failures import HarnessFailure
from harness.transport import ProcessTransport
from jpd_provider.federations.package_types import PACKAGE_TYPES
from jpd_sim import Simulator

SITES = ("eu", "us", "ap")
GONE = {"deletion_policy": "delete_repository", "force_destroy": True}
MERGE_CONFLICT = json.dumps({"errors": [{"status": 400, "message": "Could not merge and save new descriptor"}]})
TOKEN_SHAPE = re.compile(r"eyJ[\w-]{8,}\.|cmVmdGtuO")


def _mesh(*sites):
    return [
        program.resource("BindingToken", f"{one}-{other}", {"source": one, "target": other})
        for one, other in itertools.combinations(sites, 2)
    ]


def _federation(key, *sites, trust, package_type="generic", **inputs):
    hub, *others = sites
    declared = {"deployment": hub, "key": key, "package_type": package_type, "force_destroy": True}
    declared["members"] = dict.fromkeys(others, GONE)
    return program.resource(
        "FederatedRepository", key, declared | inputs, depends_on=[binding.name for binding in trust]
    )


def _key(package_type):
    return "shared-release-bundles-v2" if package_type == "releasebundles" else f"{package_type}-local"


def _lists_every_other(world, key, *sites):
    expected = {world.url(name, key) for name in sites}
    return all(set(world.members(name, key)) == expected for name in sites)


@pytest.mark.parametrize("federation_service", [False, True], ids=["legacy engine", "Federation Service"])
def test_every_package_type_federates_and_is_quiet_afterwards(world, federation_service):
    for name in ("eu", "us"):
        world.control.change_profile(name, rtfs=federation_service, version="7.123.0")
    trust = _mesh("eu", "us")
    wanted = trust + [
        _federation(_key(name), "eu", "us", trust=trust, package_type=name, description=name) for name in PACKAGE_TYPES
    ]
    engine = world.engine()

    engine.up(wanted)
    quiet = engine.preview(wanted, refresh=True)
    created = [_lists_every_other(world, _key(name), "eu", "us") for name in PACKAGE_TYPES]
    arrived = [world.read("us", _key(name)) for name in PACKAGE_TYPES]
    engine.destroy()

    assert all(created)
    assert [(read["packageType"], read["description"]) for read in arrived] == [(name, name) for name in PACKAGE_TYPES]
    assert not quiet.changes
    assert world.leftovers() == []


@pytest.fixture(scope="module")
def ten():
    with Simulator([f"site{number}" for number in range(10)]) as running:
        yield running


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_a_federation_of_any_size_is_quiet_and_leaves_nothing(ten, size, world_of):
    world = world_of(ten)
    names = list(ten.deployments)[:size]
    trust = _mesh(*names)
    wanted = [*trust, _federation("generic-local", *names, trust=trust)]
    engine = world.engine()

    engine.up(wanted)
    quiet, again = engine.preview(wanted, refresh=True), engine.up(wanted)
    complete = _lists_every_other(world, "generic-local", *names)
    engine.destroy()

    assert complete
    assert not quiet.changes
    assert not again.changes
    assert world.leftovers() == []


@pytest.fixture
def world_of(request):
    """`world_of(simulator)`: those JPDs, as freshly started."""
    world_type = type(request.getfixturevalue("world"))

    def reset(simulator):
        simulator.control.reset()
        world = world_type(simulator)
        request.addfinalizer(world.close)
        return world

    return reset


def test_no_federation_of_sixty_fails_when_a_fifth_of_the_writes_loses_the_race_for_the_descriptor(world):
    trust = _mesh(*SITES)
    hubs = itertools.cycle(itertools.permutations(SITES))
    wanted = trust + [_federation(f"generic-{number}", *next(hubs), trust=trust) for number in range(60)]
    for number in range(200):
        # A request that a rule takes is not seen by those behind it, so each fifth write is refused.
        method, status = ("PUT", "POST")[number % 2], (400, 500)[number // 2 % 2]
        world.control.add_fault(
            path="/artifactory/api/repositories/*",
            method=method,
            after=4 + 4 * (number // 2),
            times=1,
            status=status,
            body=MERGE_CONFLICT,
        )
    engine = world.engine()

    engine.up(wanted)
    refused = [request["status"] >= 400 for request in world.control.requests(peers=False) if _writes(request)]
    world.control.clear_faults()
    quiet = engine.preview(wanted, refresh=True)

    assert sum(refused) / len(refused) >= 0.15, f"{sum(refused)} of {len(refused)} writes were refused"
    assert not quiet.changes
    assert all(_lists_every_other(world, f"generic-{number}", *SITES) for number in range(60))


def _writes(request):
    return request["method"] in ("PUT", "POST") and request["path"].startswith("/artifactory/api/repositories/")


DOWN = [subset for size in (1, 2, 3) for subset in itertools.combinations(SITES, size)]


@pytest.mark.parametrize("down", DOWN, ids="+".join)
def test_whoever_is_down_a_preview_completes_and_deletes_or_replaces_nothing(world, down):
    trust = _mesh(*SITES)
    member = {"deployment": "eu", "repository_key": "single", "member": "us"}
    single = _federation("single", "eu", trust=trust)
    alone = program.resource(
        "FederatedRepository", "single", {k: v for k, v in single.inputs.items() if k != "members"}
    )
    wanted = [
        *trust,
        _federation("whole", *SITES, trust=trust),
        alone,
        program.resource("FederationMember", "member", member, depends_on=["single", *(it.name for it in trust)]),
    ]
    engine = world.engine()
    engine.up(wanted)
    for name in down:
        world.control.stop(name)

    try:
        refreshed = engine.refresh()
        plan = engine.preview(wanted)
    finally:
        for name in down:
            world.control.start(name)

    assert {step.op.value for step in refreshed.refreshed + plan.steps} <= {"same", "update"}
    unknown = [line for it in wanted for line in engine.state[it.name].outputs.get("drift", []) if "unknown" in line]
    assert {line.partition(":")[0] for line in unknown} <= set(down)
    assert unknown


def test_no_token_is_in_state_messages_or_log(world, tmp_path):
    transport = ProcessTransport(tmp_path, env={"JPD_LOG": "debug"})
    configuration = world.configuration()
    engine = Engine(transport, {"jpd:deployments": json.dumps(configuration)})
    trust = _mesh("eu", "us")
    wanted = [*trust, _federation("generic-local", "eu", "us", trust=trust)]

    engine.up(wanted)
    world.pause("us", "generic-local")
    engine.up(wanted, refresh=True)
    state = engine.state.plaintext()
    messages = _refusals(world, engine, wanted)
    engine.destroy()

    seen = "\n".join([state, *messages, transport.stdout, transport.stderr])
    assert len(messages) == 2
    assert "eu" in state
    assert transport.stderr, "nothing was logged, so nothing was tested"
    for jpd in world.simulator.deployments.values():
        assert jpd.access_token not in seen
        assert jpd.password not in seen
    assert TOKEN_SHAPE.search(seen) is None


def _refusals(world, engine, wanted):
    """What a user reads when a JPD refuses and its answer quotes the token."""
    token = world.simulator.deployments["eu"].access_token
    messages = []
    for status in (400, 403):
        world.control.add_fault(deployment="eu", path="/artifactory/api/*", status=status, body=f"Bearer {token}")
        with pytest.raises(HarnessFailure) as failure:
            engine.up([*wanted, _federation("another", "eu", trust=wanted[:1])])
        world.control.clear_faults()
        messages.append(str(failure.value))
    return messages
