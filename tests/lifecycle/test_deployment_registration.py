"""DeploymentRegistration against simulated JPDs: `eu` keeps the registry, `us` and `ap` are registered."""

from __future__ import annotations

import pytest

from harness import lifecycle, program, wire
from harness.failures import CheckFailed, HarnessFailure
from harness.lifecycle import Step

JPDS = "/mc/api/v1/jpds"
PARIS = {"city_name": "Paris", "country_code": "FR", "latitude": 48.85, "longitude": 2.35}
ROME = {"city_name": "Rome", "country_code": "IT", "latitude": 41.9, "longitude": 12.5}
US = {"home": "eu", "target": "us", "location": PARIS}


def registered(world):
    return {jpd["name"]: jpd for jpd in world["eu"].get(JPDS).json() if not jpd["local"]}


def edit(world, **fields):
    [jpd] = registered(world).values()
    body = {name: jpd[name] for name in ("name", "url", "location", "tags")} | fields
    world["eu"].put(f"{JPDS}/{jpd['id']}", json=body).raise_for_status()


def remove(world):
    [jpd] = registered(world).values()
    world["eu"].delete(f"{JPDS}/{jpd['id']}").raise_for_status()


def revoke(world):
    for token in world["us"].get("/access/api/v1/tokens").json()["tokens"]:
        if "internal:mission-control" in token["scope"]:
            world["us"].delete(f"/access/api/v1/tokens/{token['token_id']}").raise_for_status()


def run(world, *steps):
    lifecycle.run(world.engine(), "DeploymentRegistration", list(steps), world=world, leftovers=registered)


def resource(**inputs):
    return program.resource("DeploymentRegistration", "us", US | inputs)


def test_it_registers_and_removes(world):
    def it_is_online(world, stored):
        assert registered(world)["us"]["status"]["code"] == "ONLINE"
        assert (stored.outputs["jpd_id"], stored.outputs["status"]) == ("JPD-2", "ONLINE")
        assert registered(world)["us"]["url"] == f"{world.simulator.deployments['us'].url}/"

    run(
        world,
        Step(US, expect="create", check=it_is_online),
        Step(expect="same"),
        Step(expect="same", refresh=True),
    )


@pytest.mark.parametrize(
    ("field", "value"), [("name", "United States"), ("location", ROME), ("tags", ["prod", "west"])]
)
def test_a_changed_field_is_an_update_that_keeps_the_trust(world, field, value):
    def it_is_changed(world, _):
        [jpd] = registered(world).values()
        assert (jpd[field], jpd["status"]["code"]) == (value, "ONLINE")

    run(
        world,
        Step(US, expect="create"),
        Step(US | {field: value}, expect="update", changed=[field], check=it_is_changed),
    )


def test_another_url_is_paired_again(world):
    url = world.simulator.deployments["us"].url.replace("127.0.0.1", "localhost")

    run(
        world,
        Step(US, expect="create"),
        Step(
            US | {"url": url},
            expect="update",
            changed=["url"],
            check=lambda world, _: _assert_equal(registered(world)["us"]["url"], f"{url}/"),
        ),
        Step(US | {"url": f"{url}/"}, expect="update"),
    )


@pytest.mark.parametrize(("field", "value"), [("home", "ap"), ("target", "ap")])
def test_another_end_replaces(world, field, value):
    run(world, Step(US, expect="create"), Step(US | {field: value}, expect="replace", replaces=[field]))


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "renamed"), ("location", ROME), ("tags", ["theirs"])],
    ids=["name", "location", "tags"],
)
def test_a_field_changed_in_mission_control_is_drift(world, field, value):
    run(
        world,
        Step(US | {"tags": ["ours"]}, expect="create"),
        Step(expect="update", changed=[field], refresh=True, before=lambda world: edit(world, **{field: value})),
    )


def test_tags_that_nobody_declared_are_left_alone(world):
    run(
        world,
        Step(US, expect="create"),
        Step(expect="same", refresh=True, before=lambda world: edit(world, tags=["theirs"])),
        Step(
            US | {"location": ROME},
            expect="update",
            check=lambda world, _: _assert_equal(registered(world)["us"]["tags"], ["theirs"]),
        ),
    )


def test_lost_trust_is_drift_and_is_paired_again(world):
    run(
        world,
        Step(US, expect="create"),
        Step(
            expect="update",
            changed=["drift"],
            refresh=True,
            before=revoke,
            check=lambda world, _: _assert_equal(registered(world)["us"]["status"]["code"], "ONLINE"),
        ),
    )


def test_the_preview_says_that_the_trust_was_lost(world):
    engine = world.engine()
    engine.up([resource()])
    revoke(world)

    engine.refresh()

    assert engine.state["us"].outputs["drift"] == ["eu: 'us' (JPD-2) is UNAUTHORIZED: the trust was lost, pair again"]
    engine.destroy()


def test_a_removed_registration_is_gone_and_created_again(world):
    run(world, Step(US, expect="create"), Step(expect="create", refresh=True, before=remove))


def test_one_that_was_removed_and_added_by_hand_is_found_by_its_url(world):
    def again(world):
        remove(world)
        token = world["us"].post("/access/api/v1/service_trust/pairing/mission-control").json()["pairing_token"]
        url = world.simulator.deployments["us"].url
        body = {"name": "us", "url": f"{url}/", "location": PARIS, "token": token}
        world["eu"].post(JPDS, json=body).raise_for_status()

    run(world, Step(US, expect="create"), Step(expect="same", refresh=True, before=again))


def test_a_jpd_that_is_down_is_no_drift_of_its_registration(world):
    engine = world.engine()
    engine.up([resource()])
    world.control.stop("us")

    changes = engine.preview([resource()], refresh=True).changes

    assert not changes
    world.control.start("us")
    engine.destroy()


def test_a_home_that_is_down_is_unknown_and_not_gone(world):
    engine = world.engine()
    engine.up([resource()])
    world.control.stop("eu")

    [step] = engine.preview([resource()], refresh=True).steps

    assert (step.op.value, step.changed) == ("update", {"drift"})
    world.control.start("eu")
    engine.destroy()


def test_the_join_key_is_used_where_it_is_given_and_is_no_plain_text_in_state(world):
    key = world.simulator.deployments["us"].join_key
    engine = world.engine()

    engine.up([program.resource("DeploymentRegistration", "us", US | {"join_key": _secret(key)})])

    assert registered(world)["us"]["status"]["code"] == "ONLINE"
    assert key not in engine.state.plaintext()
    engine.destroy()


@pytest.mark.parametrize("version", ["7.59.9", "7.63.7"])
def test_the_join_key_is_refused_where_it_does_not_last(world, version):
    world.control.change_profile("eu", version=version)

    with pytest.raises(HarnessFailure, match="goes offline there after a while") as failure:
        world.engine().up([resource(join_key=world.simulator.deployments["us"].join_key)])

    assert world.simulator.deployments["us"].join_key not in str(failure.value)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"location": None}, "location: give location"),
        ({"location": PARIS | {"country_code": "FRA"}}, "is not the two letters of a country"),
        ({"location": PARIS | {"latitude": 91}}, "location.latitude"),
        ({"target": "eu"}, "home is in its own registry anyway"),
        ({"url": "us.example.com"}, "has no scheme or host"),
        ({"url": "https://us.example.com/artifactory"}, "no /artifactory"),
        ({"url": "https://joe:pass@us.example.com/"}, "carries credentials"),
        ({"join_key": "E" * 32}, "published sample key"),
        ({"join_key": "JEabcdef"}, "encrypted"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(world, inputs, said):
    before = world.calls()

    with pytest.raises(CheckFailed, match=said) as failure:
        world.engine().preview([resource(**inputs)])

    assert world.calls() == before
    assert "joe:pass" not in str(failure.value)


def test_without_mission_control_the_preview_says_how_to_enable_it(world):
    world.control.change_profile("eu", mission_control=False)

    with pytest.raises(CheckFailed, match="'eu' has no Mission Control"):
        world.engine(preflight="on").preview([resource()])


def test_a_target_without_mission_control_is_no_fault(world):
    world.control.change_profile("us", mission_control=False)
    engine = world.engine(preflight="on")

    engine.up([resource()])

    assert "us" in registered(world)
    engine.destroy()


def test_a_target_that_home_cannot_reach_is_one_clear_message(world):
    world.control.cut_link("eu", "us")

    with pytest.raises(HarnessFailure, match="check that 'eu' reaches it at"):
        world.engine().up([resource()])


def test_a_url_that_is_registered_under_another_name_is_not_taken_over(world):
    engine, other = world.engine(), world.engine()
    engine.up([resource(name="theirs")])

    with pytest.raises(HarnessFailure, match="is registered already, as 'theirs'"):
        other.up([resource()])

    engine.destroy()


def _secret(text):
    return wire.Secret(text)


def _assert_equal(found, expected):
    assert found == expected
