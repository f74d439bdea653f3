"""FederatedRepository with `members`: the whole federation in one resource."""

from __future__ import annotations

import pytest

from harness import lifecycle, program
from harness.failures import HarnessFailure
from harness.lifecycle import Step

KEY = "demo-generic"
GONE = {"deletion_policy": "delete_repository", "force_destroy": True}
WANTED = {
    "deployment": "eu",
    "key": KEY,
    "package_type": "generic",
    "description": "ours",
    "force_destroy": True,
    "members": {"us": GONE, "ap": GONE},
}
MESH = [
    program.resource("BindingToken", f"{one}-{other}", {"source": one, "target": other})
    for one, other in (("eu", "us"), ("eu", "ap"), ("us", "ap"))
]


def _repository(**inputs):
    return program.resource("FederatedRepository", "it", WANTED | inputs, depends_on=[binding.name for binding in MESH])


def _run(world, *steps):
    lifecycle.run(
        world.engine(),
        "FederatedRepository",
        list(steps),
        world=world,
        leftovers=type(world).leftovers,
        beside=MESH,
        make=lambda kind, name, inputs: program.resource(
            kind, name, inputs, depends_on=[binding.name for binding in MESH]
        ),
    )


def _all_list(world, *names):
    expected = {world.url(name, KEY) for name in names}
    for name in names:
        assert set(world.members(name, KEY)) == expected, name


def test_every_site_lists_every_other_and_a_site_less_is_an_update_in_place(world):
    def two_are_left(world, _):
        _all_list(world, "eu", "us")
        assert not world.exists("ap", KEY)

    _run(
        world,
        Step(WANTED, expect="create", check=lambda world, _: _all_list(world, "eu", "us", "ap")),
        Step(expect="same", refresh=True),
        Step(WANTED | {"members": {"us": GONE}}, expect="update", changed=["members"], check=two_are_left),
        Step(WANTED, expect="update", changed=["members"], check=lambda world, _: _all_list(world, "eu", "us", "ap")),
    )


def test_the_order_of_members_never_matters(world):
    _run(
        world,
        Step(WANTED, expect="create"),
        Step(WANTED | {"members": {"ap": GONE, "us": GONE}}, expect="same"),
    )


def test_a_paused_member_is_named_with_its_field_and_resumed(world):
    engine, wanted = world.engine(), [*MESH, _repository()]
    engine.up(wanted)

    world.pause("us", KEY)
    engine.refresh()
    drift = engine.state["it"].outputs["drift"]
    plan = engine.up(wanted)

    assert drift == ["us: members[us].enabled is false, declared true"]
    assert "members" in plan.of("it").changed
    assert world.members("us", KEY)[world.url("us", KEY)] is True
    assert not engine.preview(wanted, refresh=True).changes
    engine.destroy()
    assert world.leftovers() == []


DRIFT = {
    "edited while paused": (
        lambda world: (world.pause("us", KEY), world.edit("us", KEY, description="theirs")),
        "us: description is 'theirs', on eu it is 'ours'",
    ),
    "deleted on the member": (lambda world: world.remove("us", KEY), f"us: repository '{KEY}' is gone"),
    "left": (
        lambda world: world.edit(
            "eu", KEY, members=[{"url": world.url(name, KEY), "enabled": True} for name in ("eu", "ap")]
        ),
        "members[us] has left",
    ),
}


@pytest.mark.parametrize("case", DRIFT)
def test_drift_of_any_member_is_named_and_repaired(world, case):
    change, expected = DRIFT[case]
    engine, wanted = world.engine(), [*MESH, _repository()]
    engine.up(wanted)

    change(world)
    engine.refresh()
    drift = engine.state["it"].outputs.get("drift", [])
    engine.up(wanted)

    assert any(expected in line for line in drift), drift
    assert not engine.preview(wanted, refresh=True).changes
    _all_list(world, "eu", "us", "ap")
    engine.destroy()
    assert world.leftovers() == []


def test_a_member_that_nobody_declared_is_drift_and_is_detached_but_not_deleted(world):
    engine, wanted = world.engine(), [*MESH, _repository(members={"us": GONE})]
    engine.up(wanted)

    world.edit("eu", KEY, members=[{"url": world.url(name, KEY), "enabled": True} for name in ("eu", "us", "ap")])
    engine.refresh()
    drift = engine.state["it"].outputs["drift"]
    engine.up(wanted)

    assert drift == [f"eu: members: {world.url('ap', KEY)} is not declared"]
    _all_list(world, "eu", "us")
    assert world.exists("ap", KEY)
    engine.destroy()
    world.remove("ap", KEY)


def test_fields_of_a_site_are_set_there_and_nowhere_else(world):
    engine = world.engine()
    wanted = [*MESH, _repository(members={"us": GONE | {"xray_index": True, "environments": ["PROD"]}, "ap": GONE})]
    engine.up(wanted)

    us, ap = world.read("us", KEY), world.read("ap", KEY)
    world.edit("us", KEY, xrayIndex=False)
    engine.refresh()
    drift = engine.state["it"].outputs["drift"]
    engine.up(wanted)

    assert (us["xrayIndex"], us["environments"]) == (True, ["PROD"])
    assert (ap["xrayIndex"], ap["environments"]) == (False, [])
    assert drift == ["us: members[us].xray_index is false, declared true"]
    assert world.read("us", KEY)["xrayIndex"] is True
    engine.destroy()


def test_a_failure_at_one_site_names_what_is_done_and_the_next_up_goes_on(world):
    engine, wanted = world.engine(), [*MESH, _repository()]
    engine.up(MESH)
    world.create("us", KEY, rclass="local")

    with pytest.raises(HarnessFailure, match="done: ap joins; not done: us joins") as failure:
        engine.up(wanted)
    world.remove("us", KEY)
    engine.up(wanted)

    assert "taken by a local repository" in str(failure.value)
    _all_list(world, "eu", "us", "ap")
    engine.destroy()
    assert world.leftovers() == []


def test_a_site_that_is_down_is_unknown_and_the_others_are_still_read(world):
    engine, wanted = world.engine(), [*MESH, _repository()]
    engine.up(wanted)
    world.pause("us", KEY)
    world.control.stop("ap")

    preview = engine.preview(wanted, refresh=True)
    engine.refresh()
    drift = engine.state["it"].outputs["drift"]
    world.control.start("ap")

    assert {step.op.value for step in preview.steps} <= {"same", "update"}
    assert any(line.startswith("ap: unknown: ") for line in drift), drift
    assert "us: members[us].enabled is false, declared true" in drift


def test_a_local_repository_of_a_site_joins_when_told_to_and_brings_its_artifacts(world):
    world.create("us", KEY, rclass="local")
    world.deploy("us", f"{KEY}/theirs.txt", b"theirs")
    engine = world.engine()

    engine.up([*MESH, _repository(members={"us": GONE | {"adopt": "local"}})])
    assert world.control.wait_until_idle() == []

    assert world["eu"].get(f"/artifactory/{KEY}/theirs.txt").content == b"theirs"
    engine.destroy()
    assert world.leftovers() == []


def test_pausing_the_repository_itself(world):
    def paused(world, _):
        assert world.members("eu", KEY)[world.url("eu", KEY)] is False

    _run(
        world,
        Step(WANTED, expect="create"),
        Step(WANTED | {"sync_enabled": False}, expect="update", changed=["sync_enabled"], check=paused),
        Step(WANTED | {"sync_enabled": True}, expect="update", changed=["sync_enabled"]),
    )


@pytest.mark.parametrize("order", [1, -1], ids=["owner first", "owner last"])
def test_a_member_that_is_declared_in_both_ways_is_refused_at_preview(world, order):
    joining = {"deployment": "eu", "repository_key": KEY, "member": "ap"}
    both = [_repository(members={"us": GONE}), program.resource("FederationMember", "joins", joining)]
    engine = world.engine()
    engine.up(MESH)

    with pytest.raises(HarnessFailure, match=f"the members of eu/{KEY} are declared twice"):
        engine.preview([*MESH, *both[::order]])


REFUSED = [
    ({"members": {"eu": {}}}, r"members\[eu\]: 'eu' is the repository's own deployment"),
    ({"members": {"mars": {}}}, r"members\[mars\]: There is no deployment 'mars'"),
    ({"members": {"us": {"enabld": True}}}, r"members\.us\.enabld: "),
    ({"members": {"a": {"deployment": "us"}, "us": {}}}, r"members\[us\]: 'us' is declared as members\[a\] too"),
    ({"members": {"x": {"url": "http://x/artifactory/y/"}}}, "without a trailing slash"),
    ({"members": {f"m{n}": {"url": f"http://m{n}/artifactory/k"} for n in range(10)}}, "more than the 10"),
    ({"members": {"us": {"wait_for_sync_seconds": 601}}}, "wait_for_sync_seconds: .*600"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_a_preview_refuses_without_a_request(world, change, message):
    engine = world.engine()
    before = world.calls()

    with pytest.raises(HarnessFailure, match=message):
        engine.preview([program.resource("FederatedRepository", "it", WANTED | change)])

    assert world.calls() == before
