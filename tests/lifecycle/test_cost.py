"""Promise 8: what a refresh costs in HTTP requests."""

from __future__ import annotations

import pytest

from harness import program

FEDERATIONS = 40
"""Enough to see a cost for each; the promise's 500 take the same requests, see the assertion."""

MESH = [
    program.resource("BindingToken", f"{one}-{other}", {"source": one, "target": other})
    for one, other in (("eu", "us"), ("eu", "ap"), ("us", "ap"))
]


@pytest.fixture
def federations():
    gone = {"deletion_policy": "delete_repository"}
    return [
        program.resource(
            "FederatedRepository",
            f"shared-{number}",
            {
                "deployment": "eu",
                "key": f"shared-{number}",
                "package_type": "generic",
                "description": "ours",
                "members": {"us": gone, "ap": gone},
            },
        )
        for number in range(FEDERATIONS)
    ]


def test_a_refresh_of_many_federations_on_three_jpds_takes_at_most_nine_requests(world, federations):
    trust, engine = world.engine(), world.engine()
    trust.up(MESH)
    engine.up(federations)
    world.control.forget_requests()

    engine.refresh()

    asked = [f"{request['method']} {request['path']}" for request in world.control.requests(peers=False)]
    assert len(asked) <= 9, asked
    assert not engine.preview(federations, refresh=True).changes
    engine.destroy()
    trust.destroy()
    assert world.leftovers() == []
