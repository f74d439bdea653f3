"""BindingToken against simulated JPDs: a whole life, renewal, revocation, adoption."""

from __future__ import annotations

from harness import lifecycle, program
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


def _assert_count(found, expected):
    assert len(found) == expected, found
