"""Tables, kept objects and their records: what goes into a data folder comes out of it."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from jpd_sim.nodes import Node
from jpd_sim.state import codec
from jpd_sim.state.identity import new_key
from jpd_sim.state.items import Item, ItemTree, Stamp
from jpd_sim.state.kept import Kept
from jpd_sim.state.repositories import Member, Repository
from jpd_sim.state.table import Table
from jpd_sim.storage import Storage


class Box(Kept):
    def __init__(self) -> None:
        self.number = 0
        self.words: Table[str, str] = Table()
        self.trees: Table[tuple[str, str], ItemTree] = Table()
        self.cache: dict[str, int] = {}


def item(path):
    return Item(
        path=path, created_ms=1, created_by="a", modified_ms=2, modified_by="b", updated_ms=3, stamp=Stamp(4, "c")
    )


@pytest.fixture
def reopened(tmp_path):
    """Runs changes on a box in a data folder, and answers the box that is read from it afterwards."""

    def reopen(change):
        async def write():
            storage = Storage(tmp_path)
            box = Box()
            box.attach(storage, "box")
            box.report()
            change(box)
            await storage.durable()
            await storage.close()

        # In a thread of its own: `asyncio.run` takes the event loop of its thread away, which other tests may need.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, write()).result()
        storage = Storage(tmp_path)
        box = Box()
        box.revive(storage.rows(), "box")
        storage.abandon()
        return box

    return reopen


def test_attributes_and_tables_come_back_and_caches_do_not(reopened):
    def change(box):
        box.number = 5
        box.words.put("a", "one")
        box.cache["a"] = 1

    box = reopened(change)

    assert (box.number, box.words.items(), box.cache) == (5, [("a", "one")], {})


def test_records_keep_the_order_of_their_first_insertion(reopened):
    def change(box):
        for key in "cab":
            box.words.put(key, "first")
        box.words.put("c", "second")
        box.words.drop("a")
        box.words.put("a", "again")

    assert reopened(change).words.items() == [("c", "second"), ("b", "first"), ("a", "again")]


def test_what_is_inside_an_object_of_a_table_comes_back(reopened):
    def change(box):
        tree = ItemTree()
        box.trees.put(("eu", "demo/x"), tree)
        tree.put(item("a/b"))
        tree.put(item("a/c"))
        tree.remove("a/c", Stamp(9, "d"))

    tree = reopened(change).trees.get(("eu", "demo/x"))

    assert [each.path for each in tree.below("")] == ["a", "a/b"]
    assert tree.deleted_at("a/c") == Stamp(9, "d")


def test_an_object_that_left_its_table_takes_its_content_along_and_reports_no_more(reopened):
    def change(box):
        tree = ItemTree()
        box.trees.put(("eu", "demo"), tree)
        tree.put(item("a"))
        box.trees.drop(("eu", "demo"))
        tree.put(item("late"))
        box.trees.put(("eu", "demo"), ItemTree())

    assert len(reopened(change).trees.get(("eu", "demo"))) == 0


def test_a_table_that_is_replaced_is_kept_instead_of_the_old_one(reopened):
    def change(box):
        box.words.put("old", "x")
        box.words = Table()
        box.words.put("new", "y")

    assert reopened(change).words.items() == [("new", "y")]


def test_a_table_that_was_cleared_holds_what_came_afterwards(reopened):
    def change(box):
        box.words.put("old", "x")
        box.words.clear()
        box.words.put("new", "y")

    assert reopened(change).words.items() == [("new", "y")]


@pytest.mark.parametrize(
    "record",
    [
        Node("eu-node-1", down=frozenset({"access"})),
        Repository("demo", "federated", "generic", {"a": [1, {"b": None}], "$type": "x"}, (Member("http://x/y"),)),
        Stamp(1, "x"),
        (1, ("a", b"\x00\xff")),
        {"$tuple": [1]},
        None,
    ],
    ids=["set", "repository", "named tuple", "tuple", "tag", "none"],
)
def test_a_record_survives_its_text(record):
    assert codec.loads(codec.dumps(record)) == record


def test_a_signing_key_survives_its_text():
    key = new_key()

    again = codec.loads(codec.dumps(key))

    assert again.kid == key.kid
    assert again.certificate == key.certificate


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ({"$type": "os:system", "command": "true"}, "which this version does not know"),
        ({"$type": "state.repositories:Nothing"}, "which this version does not know"),
        ({"$type": "storage:Storage", "folder": "/"}, "which is no record in this version"),
        ({"$type": "nodes:Node", "colour": 1}, "of another version"),
        ({"$tuple": "storage:Storage", "of": []}, "which is no record in this version"),
    ],
    ids=["foreign", "unknown", "no record", "fields", "no tuple"],
)
def test_text_from_a_stranger_makes_records_only(text, message):
    with pytest.raises(codec.Unreadable, match=message):
        codec.loads(json.dumps(text))
