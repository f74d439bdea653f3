"""Full sync: one direction, from the JPD where it is called; copies what is missing, never deletes (7.2)."""

from __future__ import annotations

from jpd_sim.federation.peers import Peers
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.errors import Refused
from jpd_sim.state.items import Item
from jpd_sim.state.mirrors import Event
from jpd_sim.state.repositories import Member, Repository

PROPAGATE_CREATED_TIME = "propagateCreatedTime"
"""Name of the switch that F8 sets."""

_BATCH = 200


def targets(deployment: Deployment, repository: Repository, mirror_url: str | None) -> list[Member]:
    """The members that a full sync goes to: one, or all remote ones."""
    if repository.rclass != "federated":
        raise Refused(f"Repository '{repository.key}' is not a federated repository")
    remote = list(deployment.remote_members(repository))
    if mirror_url is None:
        return remote
    chosen = [member for member in remote if member.url == mirror_url]
    if not chosen:
        raise Refused(f"'{mirror_url}' is not a remote member of repository '{repository.key}'")
    return chosen


async def run(deployment: Deployment, peers: Peers, key: str, member: Member) -> int:
    """Copy what a member lacks; answers how many files it refused."""
    missing = [item.path for item in await missing_at(deployment, peers, key, member)]
    keep_created = bool(deployment.federation.switches.get(PROPAGATE_CREATED_TIME))
    refused = 0
    for start in range(0, len(missing), _BATCH):
        # Looked up again for each batch: what was deleted here meanwhile must not be copied.
        items = (deployment.items(key).get(path) for path in missing[start : start + _BATCH])
        events = [
            Event("create", item.path, item.stamp, item, only_if_missing=True, keep_created=keep_created)
            for item in items
            if item is not None
        ]
        body = {"source": deployment.member_url(key), "events": [event.wire() for event in events]}
        refused += len((await peers.ask("POST", member, "events", body)).get("refused", ()))
    return refused


async def missing_at(deployment: Deployment, peers: Peers, key: str, member: Member) -> list[Item]:
    """The items that are here and not at a member, parents first."""
    there = set((await peers.ask("GET", member, "inventory")).get("paths", ()))
    return [item for item in deployment.items(key).below("") if item.path not in there]
