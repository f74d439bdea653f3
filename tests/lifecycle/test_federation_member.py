"""FederationMember against simulated JPDs: joining, leaving, and drift on either side."""

from __future__ import annotations

import pytest

from harness import lifecycle, program
from harness.failures import HarnessFailure
from harness.lifecycle import Step

KEY = "demo-generic"
HUB = program.resource(
    "FederatedRepository",
    "hub",
    {"deployment": "eu", "key": KEY, "package_type": "generic", "description": "ours", "force_destroy": True},
)
JOIN = {
    "deployment": "eu",
    "repository_key": KEY,
    "member": "us",
    "deletion_policy": "delete_repository",
    "force_destroy": True,
}


def _run(world, trust, *steps):
    lifecycle.run(
        world.engine(),
        "FederationMember",
        list(steps),
        world=world,
        leftovers=type(world).leftovers,
        beside=[trust, HUB],
        make=_joining,
    )


def _joining(kind, name, inputs):
    return program.resource(kind, name, inputs, depends_on=["trust", "hub"])


def _federate(world, trust, **inputs):
    engine = world.engine()
    wanted = [trust, HUB, _member(**inputs)]
    engine.up(wanted)
    return engine, wanted


def _member(**inputs):
    return program.resource("FederationMember", "it", JOIN | inputs, depends_on=["trust", "hub"])


def test_both_sides_list_each_other_after_joining(world, trust):
    both = {world.url("eu", KEY): True, world.url("us", KEY): True}

    def listed(world, it):
        assert it.id == f"eu/{KEY}/us/{KEY}"
        assert world.members("eu", KEY) == world.members("us", KEY) == both

    _run(world, trust, Step(JOIN, expect="create", check=listed), Step(expect="same", refresh=True))


def test_what_the_hub_held_before_reaches_the_member_by_full_sync(world, trust):
    engine = world.engine()
    engine.up([trust, HUB])
    world.deploy("eu", f"{KEY}/early.txt", b"early")

    engine.up([trust, HUB, _member()])
    assert world.control.wait_until_idle() == []

    assert world["us"].get(f"/artifactory/{KEY}/early.txt").content == b"early"
    engine.destroy()
    assert world.leftovers() == []


def test_never_starts_no_full_sync(world, trust):
    engine = world.engine()
    engine.up([trust, HUB])

    engine.up([trust, HUB, _member(full_sync="never")])

    asked = [request["path"] for request in world.control.requests(peers=False)]
    assert not [path for path in asked if "fullSync" in path]
    engine.destroy()


def test_pausing_and_resuming_are_updates_through_the_member_itself(world, trust):
    def paused(world, _):
        assert world.members("us", KEY)[world.url("us", KEY)] is False

    _run(
        world,
        trust,
        Step(JOIN, expect="create"),
        Step(JOIN | {"enabled": False}, expect="update", changed=["enabled"], check=paused),
        Step(JOIN, expect="update", changed=["enabled"]),
    )


def test_a_member_under_another_key(world, trust):
    _run(
        world,
        trust,
        Step(
            JOIN | {"member_key": "other-key"},
            expect="create",
            check=lambda world, it: _same((it.id, world.exists("us", "other-key")), (f"eu/{KEY}/us/other-key", True)),
        ),
    )


DRIFT = {
    "paused": (lambda world: world.pause("us", KEY), "us: enabled is false, declared true"),
    "edited while paused": (
        lambda world: (world.pause("us", KEY), world.edit("us", KEY, description="theirs")),
        "us: description is 'theirs', on eu it is 'ours'",
    ),
    "deleted on the member": (lambda world: world.remove("us", KEY), f"us: repository '{KEY}' is gone"),
    "removed from the hub's list": (
        lambda world: _while_cut(world, lambda: world.edit("eu", KEY, members=[_entry(world, "eu")])),
        f"eu: members of '{KEY}' lack ",
    ),
}


def _entry(world, name):
    return {"url": world.url(name, KEY), "enabled": True}


def _while_cut(world, change):
    """So that the member does not hear of it."""
    world.control.cut_link("eu", "us")
    change()
    world.control.heal_link("eu", "us")


@pytest.mark.parametrize("case", DRIFT)
def test_drift_on_either_side_is_named_and_repaired(world, trust, case):
    change, expected = DRIFT[case]
    engine, wanted = _federate(world, trust)

    change(world)
    engine.refresh()
    drift = engine.state["it"].outputs.get("drift", [])
    engine.up(wanted)

    assert any(expected in line for line in drift), drift
    assert not engine.preview(wanted, refresh=True).changes
    both = {world.url("eu", KEY): True, world.url("us", KEY): True}
    assert world.members("eu", KEY) == world.members("us", KEY) == both
    assert world.read("us", KEY)["description"] == "ours"
    engine.destroy()
    assert world.leftovers() == []


def test_a_membership_that_neither_side_knows_is_created_again(world, trust):
    engine, wanted = _federate(world, trust)

    world.remove("us", KEY)
    world.edit("eu", KEY, members=[{"url": world.url("eu", KEY), "enabled": True}])
    again = engine.up(wanted, refresh=True)

    assert again.of("it").op.value == "create"
    engine.destroy()
    assert world.leftovers() == []


def test_a_member_that_somebody_else_added_stays(world, trust):
    third = program.resource("BindingToken", "third", {"source": "eu", "target": "ap"})
    engine = world.engine()
    engine.up([trust, third, HUB])
    world.edit("eu", KEY, members=[{"url": world.url(name, KEY), "enabled": True} for name in ("eu", "ap")])

    engine.up([trust, third, HUB, _member()])
    engine.up([trust, third, HUB])

    assert set(world.members("eu", KEY)) == {world.url("eu", KEY), world.url("ap", KEY)}
    engine.destroy()
    world.remove("ap", KEY)


def test_leaving_detaches_and_keeps_the_repository(world, trust):
    engine, _ = _federate(world, trust, deletion_policy="detach")

    engine.up([trust, HUB])

    assert set(world.members("eu", KEY)) == {world.url("eu", KEY)}
    assert set(world.members("us", KEY)) == {world.url("us", KEY)}
    engine.destroy()
    world.remove("us", KEY)


def test_leaving_can_make_the_repository_local(world, trust):
    engine, _ = _federate(world, trust, deletion_policy="convert_to_local")

    engine.up([trust, HUB])

    assert world.read("us", KEY)["rclass"] == "local"
    engine.destroy()
    world.remove("us", KEY)


def test_a_repository_with_artifacts_is_not_deleted_and_stays_a_member_without_force(world, trust):
    engine, _ = _federate(world, trust, force_destroy=False)
    world.deploy("us", f"{KEY}/a.txt")

    with pytest.raises(HarnessFailure, match=r"holds 1 artifacts .*Set force_destroy=True"):
        engine.up([trust, HUB])

    assert world.url("us", KEY) in world.members("eu", KEY)


def test_without_trust_the_error_names_the_cure(world):
    engine = world.engine()

    with pytest.raises(HarnessFailure, match="declare a BindingToken between them"):
        engine.up([HUB, program.resource("FederationMember", "it", JOIN, depends_on=["hub"])])


def test_an_eleventh_member_is_refused(world, trust):
    engine = world.engine()
    engine.up([trust, HUB])
    full = [{"url": world.url("us", f"member-{number}"), "enabled": True} for number in range(1, 10)]
    world.edit("eu", KEY, members=[{"url": world.url("eu", KEY), "enabled": True}, *full])

    with pytest.raises(HarnessFailure, match="it has 10 members already, and JFrog allows 10"):
        engine.up([trust, HUB, _member()])

    assert len(world.members("eu", KEY)) == 10


def test_a_hub_that_does_not_exist_is_named(world, trust):
    engine = world.engine()

    with pytest.raises(HarnessFailure, match=f"read the members of '{KEY}' on deployment 'eu': there is no such"):
        engine.up([trust, program.resource("FederationMember", "it", JOIN, depends_on=["trust"])])


def test_a_key_that_is_taken_on_the_member_is_refused(world, trust):
    world.create("us", KEY, rclass="local")
    engine = world.engine()

    with pytest.raises(HarnessFailure, match="the key is taken by a local repository of package type generic"):
        engine.up([trust, HUB, _member()])

    assert set(world.members("eu", KEY)) == {world.url("eu", KEY)}


REFUSED = [
    ({"member": "eu"}, "member: 'eu' is the hub itself"),
    ({"member": "asia"}, "There is no deployment 'asia'"),
    ({"member_url": "http://x/artifactory/y"}, "give member or member_url, not member and member_url"),
    ({"member": None, "member_url": "http://x/artifactory/y/"}, "without a trailing slash"),
    ({"member": None}, "give member or member_url"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_a_preview_refuses_without_a_request(world, change, message):
    engine = world.engine()
    before = world.calls()
    inputs = {name: value for name, value in ({**JOIN, **change}).items() if value is not None}

    with pytest.raises(HarnessFailure, match=message):
        engine.preview([program.resource("FederationMember", "it", inputs)])

    assert world.calls() == before


def _same(found, expected):
    assert found == expected
