"""BindingToken against simulated JPDs: a whole life, renewal, revocation, adoption."""

from __future__ import annotations

import pytest

from harness import lifecycle, program
from harness.failures import HarnessFailure
from harness.lifecycle import Step

DAY = 86_400

PAIR = {"source": "eu", "target": "us"}


def _remove_pairing(world, *, initiator, issuer):
    world[initiator].request(
        "DELETE",
        "/artifactory/api/v1/service_trust/pairing/federated-repo/*",
        json={"base_url": world.simulator.deployments[issuer].url},
    ).raise_for_status()


def _run(world, *steps):
    lifecycle.run(world.engine(), "BindingToken", list(steps), world=world, leftovers=type(world).leftovers)


def test_it_pairs_both_directions_and_unpairs_both(world):
    _run(
        world,
        Step(PAIR, expect="create", check=lambda world, _: _assert_count(world.pairings(), 2)),
        Step(expect="same"),
        Step(expect="same", refresh=True),
    )


def test_one_direction_pairs_the_source_only(world):
    def only_the_source_holds_a_token(world, _):
        assert [pairing.split("->")[0] for pairing in world.pairings()] == ["eu"]

    _run(world, Step(PAIR | {"direction": "source_to_target"}, expect="create", check=only_the_source_holds_a_token))


def test_a_changed_direction_is_an_update_that_drops_the_other_one(world):
    _run(
        world,
        Step(PAIR, expect="create"),
        Step(
            PAIR | {"direction": "source_to_target"},
            expect="update",
            changed=["direction"],
            check=lambda world, _: _assert_count(world.pairings(), 1),
        ),
    )


def test_another_use_case_replaces(world):
    _run(
        world,
        Step(PAIR, expect="create"),
        Step(PAIR | {"use_case": "federated-repo/r"}, expect="replace", replaces=["use_case"]),
    )


def test_a_pairing_removed_on_one_side_is_drift_and_is_paired_again(world):
    _run(
        world,
        Step(PAIR, expect="create"),
        Step(
            expect="update",
            changed=["drift"],
            refresh=True,
            before=lambda world: _remove_pairing(world, initiator="us", issuer="eu"),
            check=lambda world, _: _assert_count(world.pairings(), 2),
        ),
    )


def test_a_pairing_removed_on_both_sides_is_gone_and_is_created_again(world):
    def remove_both(world):
        _remove_pairing(world, initiator="us", issuer="eu")
        _remove_pairing(world, initiator="eu", issuer="us")

    _run(world, Step(PAIR, expect="create"), Step(expect="create", refresh=True, before=remove_both))


def test_a_master_token_revoked_on_the_issuer_is_drift(world):
    def revoke(world):
        tokens = world["us"].get("/access/api/v1/tokens").json()["tokens"]
        master = [token for token in tokens if "federated-repo" in token.get("scope", "")]
        assert master, tokens
        for token in master:
            world["us"].delete(f"/access/api/v1/tokens/{token['token_id']}").raise_for_status()

    _run(world, Step(PAIR, expect="create"), Step(expect="update", changed=["drift"], refresh=True, before=revoke))


def test_a_pairing_near_its_end_is_renewed_and_the_preview_says_how_near(world):
    engine = world.engine()
    wanted = [program.resource("BindingToken", "trust", PAIR)]
    engine.up(wanted)
    before = engine.state["trust"].outputs["expires_at"]

    world.control.advance_clock(340 * DAY)
    engine.refresh()
    drift = engine.state["trust"].outputs["drift"]
    renewed = engine.up(wanted)

    assert any("expires in 24 days" in line or "expires in 25 days" in line for line in drift), drift
    assert renewed.of("trust").op.value == "update"
    assert engine.state["trust"].outputs["expires_at"] > before
    engine.destroy()


def test_what_was_paired_before_is_adopted_and_survives_the_delete(world):
    first, second = world.engine(), world.engine()
    wanted = [program.resource("BindingToken", "trust", PAIR)]

    first.up(wanted)
    second.up(wanted)
    second.destroy()

    _assert_count(world.pairings(), 2)
    assert not first.preview(wanted, refresh=True).changes
    first.destroy()
    assert world.leftovers() == []


def test_no_pairing_or_master_token_is_in_the_state(world):
    engine = world.engine()

    engine.up([program.resource("BindingToken", "trust", PAIR)])

    assert "eyJ" not in repr(engine.state["trust"])
    engine.destroy()


def _federate(world, *names):
    members = [{"url": world.url(name, "demo"), "enabled": True} for name in names]
    world.create(names[0], "demo", members=members)


def _masters(world, name):
    tokens = world[name].get("/access/api/v1/tokens").raise_for_status().json()["tokens"]
    return [token for token in tokens if "internal:federated-repo" in token["scope"]]


def _move(world, name):
    """Give a JPD another base URL, one that works."""
    url = world.simulator.deployments[name].url.replace("127.0.0.1", "localhost")
    world[name].put("/artifactory/api/system/configuration/baseUrl", content=url).raise_for_status()
    return url


def test_the_outputs_say_who_trusts_whom_until_when(world):
    engine = world.engine()
    engine.up([program.resource("BindingToken", "trust", PAIR)])

    pairings = engine.state["trust"].outputs["pairings"]

    assert set(pairings) == {"eu->us", "us->eu"}
    assert pairings["eu->us"]["base_url"] == world.simulator.deployments["us"].url
    assert set(pairings["eu->us"]) == {"base_url", "scope", "token_id", "paired_at", "expires_at"}
    engine.destroy()


@pytest.mark.parametrize("direction", ["both", "source_to_target"])
def test_a_base_url_that_moved_is_paired_again_and_replaces_nothing(world, direction):
    def the_new_address_alone_is_trusted(world, stored):
        assert stored.outputs["pairings"]["eu->us"]["base_url"].startswith("http://localhost:")
        _assert_count(world.pairings(), 2 if direction == "both" else 1)
        _assert_count(_masters(world, "us"), 1)

    _run(
        world,
        Step(PAIR | {"direction": direction}, expect="create"),
        Step(
            expect="update",
            changed=["drift"],
            refresh=True,
            before=lambda world: _move(world, "us"),
            check=the_new_address_alone_is_trusted,
        ),
    )


def test_the_preview_says_which_base_url_moved_where(world):
    engine = world.engine()
    engine.up([program.resource("BindingToken", "trust", PAIR)])
    moved = _move(world, "us")

    engine.refresh()

    old = world.simulator.deployments["us"].url
    assert engine.state["trust"].outputs["drift"] == [f"eu: paired with us at {old}, which is now at {moved}"]
    engine.destroy()
    assert world.leftovers() == []


def test_a_pairing_that_is_not_shown_stays_and_the_preview_says_so(world, warnings):
    for name in ("eu", "us"):
        world.control.change_profile(name, shows_bindings=False)
    engine = world.engine()
    wanted = [program.resource("BindingToken", "trust", PAIR)]
    engine.up(wanted)

    changes = engine.preview(wanted, refresh=True).changes

    assert not changes
    assert engine.state["trust"].outputs["visible"] is False
    assert any("whether the trust holds is unknown" in line for line in warnings)
    engine.destroy()
    assert _masters(world, "eu") == _masters(world, "us") == []


def test_a_pairing_that_is_not_shown_is_renewed_by_the_estimated_end(world):
    for name in ("eu", "us"):
        world.control.change_profile(name, shows_bindings=False)
    engine = world.engine()
    wanted = [program.resource("BindingToken", "trust", PAIR)]
    engine.up(wanted)
    world.control.advance_clock(340 * DAY)

    renewed = engine.up(wanted, refresh=True)

    assert renewed.of("trust").op.value == "update"
    assert not engine.preview(wanted, refresh=True).changes
    engine.destroy()


def test_time_travel_federation_never_stops(world):
    engine = world.engine()
    wanted = [program.resource("BindingToken", "trust", PAIR)]
    engine.up(wanted)
    _federate(world, "eu", "us")

    for year in range(3):
        world.control.advance_clock(340 * DAY)
        engine.up(wanted, refresh=True)
        world.deploy("eu", f"demo/{year}.txt")

    assert world.control.wait_until_idle() == []
    assert [world["us"].get(f"/artifactory/demo/{year}.txt").status_code for year in range(3)] == [200] * 3
    for name in ("eu", "us"):
        world.remove(name, "demo")
    engine.destroy()


@pytest.mark.parametrize(
    ("policy", "pairings_left"), [("created", 2), ("retain", 2), ("always", 0)], ids=["created", "retain", "always"]
)
def test_the_policy_decides_about_what_was_paired_before(world, policy, pairings_left):
    first, second = world.engine(), world.engine()
    first.up([program.resource("BindingToken", "trust", PAIR)])
    second.up([program.resource("BindingToken", "trust", PAIR | {"deletion_policy": policy})])

    second.destroy()

    _assert_count(world.pairings(), pairings_left)
    first.destroy()


def test_retain_leaves_what_it_paired_itself(world):
    engine = world.engine()
    engine.up([program.resource("BindingToken", "trust", PAIR | {"deletion_policy": "retain"})])

    engine.destroy()

    _assert_count(world.pairings(), 2)


def test_two_programs_with_the_ends_swapped_do_not_pair_twice(world):
    first, second = world.engine(), world.engine()

    first.up([program.resource("BindingToken", "trust", PAIR)])
    second.up([program.resource("BindingToken", "trust", {"source": "us", "target": "eu"})])

    assert (len(_masters(world, "eu")), len(_masters(world, "us"))) == (1, 1)
    second.destroy()
    _assert_count(world.pairings(), 2)
    first.destroy()


def test_one_pair_declared_twice_in_one_program_is_paired_once(world):
    # Slow enough that both resources would have looked before either has paired.
    world.control.add_fault(method="POST", path="*/service_trust/pairing/*", delay_ms=300)
    engine = world.engine()

    engine.up([program.resource("BindingToken", name, PAIR) for name in ("one", "other")])

    assert (len(_masters(world, "eu")), len(_masters(world, "us"))) == (1, 1)
    engine.destroy()
    assert world.leftovers() == []


def test_ten_pairs_at_once_over_four_threads(world):
    ends = [("eu", "us"), ("us", "ap"), ("ap", "eu")]
    wanted = [
        program.resource(
            "BindingToken",
            f"trust-{number}",
            {"source": ends[number % 3][0], "target": ends[number % 3][1], "use_case": f"federated-repo/repo{number}"},
        )
        for number in range(10)
    ]
    engine = world.engine()

    engine.up(wanted)

    _assert_count(world.pairings(), 20)
    assert not engine.preview(wanted, refresh=True).changes
    engine.destroy()
    assert world.leftovers() == []


@pytest.mark.parametrize(
    "fault",
    [
        {"reset": "after"},
        {"reset": "before"},
        {"status": 500},
        {"status": 400, "body": '{"errors":[{"status":400,"message":"The pairing token has been used or revoked"}]}'},
    ],
    ids=["the answer is lost", "the request is lost", "a passing failure", "somebody else used the token"],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_exchange_that_fails_once_is_done_with_a_fresh_token(world, fault, method):
    world.control.add_fault(method=method, path="*/service_trust/pairing/*", times=1, **fault)
    engine = world.engine()

    engine.up([program.resource("BindingToken", "trust", PAIR)])

    assert (len(_masters(world, "eu")), len(_masters(world, "us"))) == (1, 1)
    assert engine.state["trust"].outputs["adopted"] == []
    engine.destroy()
    assert world.leftovers() == []


def test_a_pairing_token_that_expired_on_the_way_is_followed_by_a_fresh_one(world):
    late = '{"errors":[{"status":400,"message":"Invalid token, expired"}]}'
    world.control.add_fault(method="PUT", path="*/service_trust/pairing/*", times=1, status=400, body=late)
    engine = world.engine()

    engine.up([program.resource("BindingToken", "trust", PAIR)])

    minted = [row for row in world.control.requests() if row["method"] == "POST" and "pairing" in row["path"]]
    assert len(minted) == 3
    engine.destroy()


@pytest.mark.parametrize("both", [True, False], ids=["both directions", "one direction"])
def test_a_partition_between_the_jpds_is_one_clear_message(world, both):
    world.control.cut_link("eu", "us", both=both)

    with pytest.raises(HarnessFailure, match="check that 'eu' reaches 'us' at"):
        world.engine().up([program.resource("BindingToken", "trust", PAIR)])


def test_a_partition_between_the_jpds_is_no_drift(world):
    engine = world.engine()
    wanted = [program.resource("BindingToken", "trust", PAIR)]
    engine.up(wanted)
    world.control.cut_link("eu", "us")

    assert not engine.preview(wanted, refresh=True).changes

    world.control.heal_link("eu", "us")
    engine.destroy()


def test_an_end_that_does_not_answer_is_unknown_and_nothing_is_replaced(world):
    engine = world.engine()
    wanted = [program.resource("BindingToken", "trust", PAIR)]
    engine.up(wanted)
    world.control.stop("us")

    [step] = engine.preview(wanted, refresh=True).steps

    assert (step.op.value, step.changed) == ("update", {"drift"})
    world.control.start("us")
    engine.destroy()


def test_force_ends_the_trust_although_the_other_side_is_down(world):
    engine = world.engine()
    engine.up([program.resource("BindingToken", "trust", PAIR | {"force": True})])
    world.control.stop("us")

    engine.destroy()

    assert "<baseUrl>" not in world["eu"].get("/artifactory/api/system/configuration").text
    assert _masters(world, "eu") == []
    world.control.start("us")


def test_deleting_over_a_partition_says_how_to_force_it(world):
    engine = world.engine()
    engine.up([program.resource("BindingToken", "trust", PAIR)])
    world.control.cut_link("eu", "us")

    with pytest.raises(HarnessFailure, match="set force=True and try again"):
        engine.destroy()

    world.control.heal_link("eu", "us")
    engine.destroy()
    assert world.leftovers() == []


def test_a_use_case_that_a_jpd_does_not_know_is_one_clear_message(world):
    world.control.add_fault(deployment="us", method="POST", path="*/service_trust/pairing/*", status=404, body="{}")

    with pytest.raises(HarnessFailure, match=r"'us' does not know the use case 'federated-repo/\*'"):
        world.engine().up([program.resource("BindingToken", "trust", PAIR)])


def _assert_count(found, expected):
    assert len(found) == expected, found
