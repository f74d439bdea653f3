"""What a member does with another's events: the later stamp wins, by the clock of whoever wrote (items.py).

Rule 1: content and properties are two registers with a stamp each; an event carries the whole item, so each register
        can be taken over by itself, whatever order events of several members arrive in.
Rule 2: a deletion beats a content with an older stamp, even one that arrives after it. Later properties alone do not
        bring a file back.
Rule 3: a full sync obeys neither: it asks what is missing, not what was deleted, so a deleted file comes back (7.2).
"""

from __future__ import annotations

from dataclasses import replace

from jpd_sim.state.deployment import Deployment
from jpd_sim.state.errors import Refused
from jpd_sim.state.items import Item, ItemTree, Properties
from jpd_sim.state.mirrors import Event


def apply(deployment: Deployment, key: str, event: Event, source: str) -> Item | None:
    """Bring one event into a repository. Answers the file whose content is now wanted, if there is one."""
    tree = deployment.items(key)
    if event.kind == "delete":
        _delete(tree, event)
        return None
    if event.item is None:
        raise Refused(f"An event of kind {event.kind} needs an item")
    now = deployment.now_ms()
    arrived = replace(event.item, source=source, updated_ms=now)
    if not event.only_if_missing:
        return _merge(tree, arrived)
    if tree.get(event.path) is not None:
        return None
    if not (event.keep_created and deployment.profile.propagate_upload_info):
        arrived = replace(arrived, created_ms=now)
    tree.put(arrived)
    return _wanted(arrived)


def _delete(tree: ItemTree, event: Event) -> None:
    current, deleted = tree.get(event.path), tree.deleted_at(event.path)
    if current is not None and current.stamp > event.stamp:
        return
    if current is None and deleted is not None and deleted >= event.stamp:
        return
    tree.remove_one(event.path, event.stamp)


def _merge(tree: ItemTree, arrived: Item) -> Item | None:
    current = tree.get(arrived.path)
    if current is None:
        return _bring_back(tree, arrived)
    takes_content = arrived.stamp >= current.stamp
    merged = arrived if takes_content else current
    newer = arrived if arrived.properties_stamp >= current.properties_stamp else current
    merged = replace(merged, properties=newer.properties, properties_stamp=newer.properties_stamp)
    if current.folder and arrived.folder:
        merged = replace(merged, created_ms=current.created_ms, created_by=current.created_by)
    tree.put(merged)
    return _wanted(merged) if takes_content else None


def _bring_back(tree: ItemTree, arrived: Item) -> Item | None:
    """Put an item where none is, unless it was deleted later."""
    deleted, orphan = tree.deleted_at(arrived.path), tree.orphan(arrived.path)
    if deleted is not None and deleted > arrived.stamp:
        if arrived.properties_stamp > deleted:
            tree.keep_orphan(arrived.path, Properties(arrived.properties, arrived.properties_stamp))
        return None
    if orphan is not None and orphan.stamp > arrived.properties_stamp:
        arrived = replace(arrived, properties=orphan.values, properties_stamp=orphan.stamp)
    tree.put(arrived)
    return _wanted(arrived)


def _wanted(item: Item) -> Item | None:
    return None if item.folder else item
