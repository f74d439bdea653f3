"""Promise 2: after a death at any HTTP call, the next `up` reaches the same end, with no orphan and no duplicate.

The death is staged below the provider, in the HTTP library's transport: up to the n-th call all is real; the n-th call
is carried out by the JPD but its answer never arrives (or it is never sent); every later one fails at once.
"""

from __future__ import annotations

import httpx
import pytest

from harness import crash, program
from harness.failures import HarnessFailure

KEY = "demo-generic"
TRUST = program.resource("BindingToken", "trust", {"source": "eu", "target": "us"})
HUB_INPUTS = {"deployment": "eu", "key": KEY, "package_type": "generic", "force_destroy": True}
MEMBER_INPUTS = {
    "deployment": "eu",
    "repository_key": KEY,
    "member": "us",
    "deletion_policy": "delete_repository",
    "force_destroy": True,
}


def _hub(**inputs):
    return program.resource("FederatedRepository", "hub", HUB_INPUTS | inputs, depends_on=["trust"])


def _member(**inputs):
    return program.resource("FederationMember", "member", MEMBER_INPUTS | inputs, depends_on=["trust", "hub"])


class Dying:
    """A world whose provider dies at a call."""

    def __init__(self, world, monkeypatch, *, answered):
        self.world = world
        self._count, self._last = 0, None
        real = httpx.HTTPTransport.handle_request

        def counted(transport, request):
            if request.headers.get("User-Agent", "").startswith("pulumi-jpd/"):
                self._count += 1
                if self._last is not None and self._count >= self._last:
                    if self._count == self._last and answered:
                        real(transport, request).close()
                    raise HarnessFailure("the provider died")
            return real(transport, request)

        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", counted)

    def calls(self):
        return self._count

    def arm(self, n):
        self._last = n

    def disarm(self):
        self._last = None


@pytest.fixture(params=["its effect was had", "it was never sent"])
def after_each_call(request, world, monkeypatch):
    """`crash.after_each_call` on stacks of their own over the simulator, reset in between."""

    def fresh():
        monkeypatch.undo()
        world.control.reset()
        dying = Dying(world, monkeypatch, answered=request.param == "its effect was had")
        return crash.Scene(world.engine(), dying)

    def run(act, wanted, prepare=lambda engine: None):
        return crash.after_each_call(fresh, act, lambda dying: _end(dying.world), wanted=wanted, prepare=prepare)

    yield run
    monkeypatch.undo()


def _end(world):
    """What the world looks like, without what differs between two undisturbed runs."""
    repositories = {name: world.read(*name.split("/")) for name in world.repositories()}
    masters = {
        name: len(
            [
                token
                for token in world[name].get("/access/api/v1/tokens").json()["tokens"]
                if "internal:federated-repo" in token.get("scope", "")
            ]
        )
        for name in ("eu", "us")
    }
    registry = [jpd["name"] for jpd in world["eu"].get("/mc/api/v1/jpds").json()]
    return repositories, sorted(world.pairings()), masters, registry


def test_creating_a_federated_repository(after_each_call):
    wanted = [TRUST, _hub(description="x")]

    calls = after_each_call(lambda engine: engine.up(wanted), wanted, prepare=lambda engine: engine.up([TRUST]))

    assert calls >= 2


def test_updating_a_federated_repository(after_each_call):
    wanted = [TRUST, _hub(description="new")]

    after_each_call(
        lambda engine: engine.up(wanted), wanted, prepare=lambda engine: engine.up([TRUST, _hub(description="old")])
    )


def test_deleting_a_federated_repository(after_each_call):
    after_each_call(lambda engine: engine.up([TRUST]), [TRUST], prepare=lambda engine: engine.up([TRUST, _hub()]))


def test_joining(after_each_call):
    wanted = [TRUST, _hub(), _member()]

    calls = after_each_call(lambda engine: engine.up(wanted), wanted, prepare=lambda engine: engine.up(wanted[:2]))

    assert calls >= 5


def test_pausing(after_each_call):
    wanted = [TRUST, _hub(), _member(enabled=False)]

    after_each_call(
        lambda engine: engine.up(wanted), wanted, prepare=lambda engine: engine.up([TRUST, _hub(), _member()])
    )


def test_leaving(after_each_call):
    wanted = [TRUST, _hub()]

    after_each_call(
        lambda engine: engine.up(wanted), wanted, prepare=lambda engine: engine.up([TRUST, _hub(), _member()])
    )


def test_pairing(after_each_call):
    calls = after_each_call(lambda engine: engine.up([TRUST]), [TRUST])

    assert calls >= 6


def test_renewing(after_each_call, world):
    def nearly_a_year_later(engine):
        engine.up([TRUST])
        world.control.advance_clock(340 * 86_400)

    after_each_call(lambda engine: engine.up([TRUST], refresh=True), [TRUST], prepare=nearly_a_year_later)


def test_unpairing(after_each_call):
    after_each_call(lambda engine: engine.destroy(), [], prepare=lambda engine: engine.up([TRUST]))


REGISTRATION = program.resource(
    "DeploymentRegistration",
    "registration",
    {
        "home": "eu",
        "target": "us",
        "location": {"city_name": "Paris", "country_code": "FR", "latitude": 48.85, "longitude": 2.35},
    },
)


def test_registering(after_each_call):
    calls = after_each_call(lambda engine: engine.up([REGISTRATION]), [REGISTRATION])

    assert calls >= 3


def test_removing_a_registration(after_each_call):
    after_each_call(lambda engine: engine.destroy(), [], prepare=lambda engine: engine.up([REGISTRATION]))
