"""What a member does with another's events: the later stamp wins, by the clock of whoever wrote (items.py)."""

from __future__ import annotations

from dataclasses import replace

from jpd_sim.state.deployment import Deployment
from jpd_sim.state.errors import Refused
from jpd_sim.state.items import Item, ItemTree
from jpd_sim.state.mirrors import Event


def apply(deployment: Deployment, key: str, event: Event, source: str) -> Item | None:
    """Bring one event into a repository. Answers the file whose content is now wanted, if there is one."""
    tree = deployment.items(key)
    if event.kind == "delete":
        _delete(tree, event)
        return None
    if event.item is None:
        raise Refused(f"An event of kind {event.kind} needs an item")
    arrived = replace(event.item, source=source, updated_ms=deployment.now_ms())
    if event.kind == "props":
        _properties(tree, event, arrived)
        return None
    return arrived if _write(tree, event, arrived) and arrived.checksums is not None else None


def _delete(tree: ItemTree, event: Event) -> None:
    current = tree.get(event.path)
    if current is not None and current.stamp <= event.stamp:
        tree.remove_one(event.path, event.stamp)


def _write(tree: ItemTree, event: Event, arrived: Item) -> bool:
    current = tree.get(event.path)
    if event.only_if_missing:
        # A full sync asks what is missing, not what was deleted: a file that was deleted here comes back (7.2).
        if current is not None:
            return False
    elif (current is not None and current.stamp > event.stamp) or _deleted_later(tree, event):
        return False
    if current is not None and current.properties_stamp > arrived.properties_stamp:
        arrived = replace(arrived, properties=current.properties, properties_stamp=current.properties_stamp)
    if current is not None and current.folder and arrived.folder:
        arrived = replace(arrived, created_ms=current.created_ms, created_by=current.created_by)
    tree.put(arrived)
    return True


def _deleted_later(tree: ItemTree, event: Event) -> bool:
    deleted = tree.deleted_at(event.path)
    return deleted is not None and deleted > event.stamp


def _properties(tree: ItemTree, event: Event, arrived: Item) -> None:
    current = tree.get(event.path)
    if current is not None and current.properties_stamp <= event.stamp:
        tree.put(replace(current, properties=arrived.properties, properties_stamp=event.stamp))
