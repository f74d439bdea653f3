"""Random histories on two and three JPDs: after links heal and queues are idle, all members agree.

They are compared with a model that knows the documented rules (contract 7.1, 7.2) and nothing of the simulator:

* of two edits the one with the later stamp wins, by the clock of the JPD that wrote, and whoever wrote sees his own
  edit at once; a deletion is an edit too; properties have a stamp of their own;
* what cannot be sent waits, what waited longer than the retention is lost;
* a full sync goes one way, copies what is missing and deletes nothing.

Where no clock was wrong, nothing was purged and no full sync brought a deleted file back, the model itself must say
that all members agree. Otherwise they may differ in the files concerned, and then exactly as the model says.

`JPD_CONVERGENCE_EXAMPLES=1000` tries longer, and shrinks what it finds to the shortest history that shows it.
"""

import os
import re
from dataclasses import dataclass, field, replace
from itertools import permutations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

EXAMPLES = int(os.environ.get("JPD_CONVERGENCE_EXAMPLES", "0"))
QUICK = settings(max_examples=12, phases=[Phase.explicit, Phase.reuse, Phase.generate])
LONG = settings(max_examples=EXAMPLES or 1)
PATHS = ("a.txt", "b.txt", "folder/c.txt")
CONTENTS = (b"one", b"two", b"three")
DAY_MS = 24 * 3600 * 1000
RETENTION_MS = 3 * DAY_MS
WAITING = re.compile(r"^(\w+): (?:full sync of|\d+ events of) demo for (\S+)/artifactory/demo")

Stamp = tuple[int, str]
NEVER: Stamp = (-1, "")


@dataclass(frozen=True)
class Entry:
    """What a JPD believes about one path: a content (None: no file) and properties, each with the stamp of its edit."""

    content: bytes | None = None
    at: Stamp = NEVER
    properties: tuple[tuple[str, str], ...] = ()
    properties_at: Stamp = NEVER

    def merged(self, other: "Entry") -> "Entry":
        result = self
        if other.at >= self.at:
            result = replace(result, content=other.content, at=other.at)
        if other.properties_at >= self.properties_at:
            result = replace(result, properties=other.properties, properties_at=other.properties_at)
        return result


@dataclass
class Way:
    """One direction between two JPDs."""

    cut: bool = False
    full_sync: bool = False
    out_of_sync: bool = False
    queue: list[tuple[int, str, Entry]] = field(default_factory=list)
    """When it was recorded, the path, and what it says."""


class Model:
    """What the documented rules make of a history."""

    def __init__(self, names, writers):
        self.names, self.writers = names, writers
        self.entries = {name: dict.fromkeys(PATHS, Entry()) for name in names}
        self.ways = {pair: Way() for pair in permutations(names, 2)}
        self.offsets = dict.fromkeys(names, 0)
        self.paused = set()
        self.excused = set()
        """Paths in which members may differ."""

    def exists(self, name, path):
        return self.entries[name][path].content is not None

    def write(self, name, path, entry, now_ms):
        self.entries[name][path] = entry
        if any(self.offsets.values()):
            self.excused.add(path)
        for (source, _), way in self.ways.items():
            if source == name:
                way.queue.append((now_ms + self.offsets[name], path, entry))

    def stamp(self, name, now_ms):
        return (now_ms + self.offsets[name], self.writers[name])

    def passable(self, pair):
        return not self.ways[pair].cut and not self.paused & set(pair)

    def settle(self, now_ms):
        for (source, target), way in self.ways.items():
            self._purge(source, way, now_ms)
            if not self.passable((source, target)):
                continue
            if way.full_sync:
                self._copy(source, target)
                way.full_sync = way.out_of_sync = False
            for _, path, entry in way.queue:
                self.entries[target][path] = self.entries[target][path].merged(entry)
            way.queue.clear()

    def _purge(self, source, way, now_ms):
        # A log is purged from its front: an event behind a younger one waits for that one.
        oldest = now_ms + self.offsets[source] - RETENTION_MS
        while way.queue and way.queue[0][0] < oldest:
            self.excused.add(way.queue.pop(0)[1])
            way.out_of_sync = True

    def _copy(self, source, target):
        for path in PATHS:
            if self.exists(source, path) and not self.exists(target, path):
                if self.entries[target][path].at != NEVER:
                    self.excused.add(path)
                self.entries[target][path] = self.entries[source][path]


class Federation(RuleBasedStateMachine):
    """Drives the simulator and the model side by side. Each step happens at a time of its own."""

    def __init__(self, world, names):
        super().__init__()
        self.world, self.names = world, names
        self.urls = {world.deployments[name].url: name for name in names}

    @initialize()
    def begin(self):
        self.world.control.reset()
        self.world.federate("demo", *self.names)
        self.world.settle()
        self.world.control.freeze_clock()
        writers = {name: self.world.deployments[name].service_id for name in self.names}
        self.model = Model(self.names, writers)

    @rule(data=st.data(), path=st.sampled_from(PATHS), content=st.sampled_from(CONTENTS), colour=st.sampled_from("rgb"))
    def deploy(self, data, path, content, colour):
        name = data.draw(st.sampled_from(self.names), label="on")
        now = self.tick()
        self.world.deploy(name, f"demo/{path};colour={colour}", content)
        stamp = self.model.stamp(name, now)
        self.model.write(name, path, Entry(content, stamp, (("colour", colour),), stamp), now)

    @rule(data=st.data(), path=st.sampled_from(PATHS))
    def delete(self, data, path):
        name = data.draw(st.sampled_from(self.names), label="on")
        now = self.tick()
        status = self.world[name].delete(f"/artifactory/demo/{path}").status_code
        assert status == (204 if self.model.exists(name, path) else 404)
        if status == 204:
            stamp = self.model.stamp(name, now)
            self.model.write(name, path, replace(self.model.entries[name][path], content=None, at=stamp), now)

    @rule(data=st.data(), path=st.sampled_from(PATHS), size=st.sampled_from(("small", "large")))
    def set_property(self, data, path, size):
        name = data.draw(st.sampled_from(self.names), label="on")
        now = self.tick()
        answer = self.world[name].put(f"/artifactory/api/storage/demo/{path}?properties=size={size}")
        assert answer.status_code == (204 if self.model.exists(name, path) else 404)
        if answer.status_code == 204:
            before = self.model.entries[name][path]
            properties = tuple(sorted({**dict(before.properties), "size": size}.items()))
            stamp = self.model.stamp(name, now)
            self.model.write(name, path, replace(before, properties=properties, properties_at=stamp), now)

    @rule(data=st.data(), cut=st.booleans())
    def change_link(self, data, cut):
        pair = data.draw(st.permutations(self.names), label="from and to")[:2]
        self.tick()
        act = self.world.control.cut_link if cut else self.world.control.heal_link
        act(*pair, both=False)
        self.model.ways[tuple(pair)].cut = cut

    @precondition(lambda self: self.whole() and not self.full_syncs_wait())
    @rule(data=st.data())
    def pause_or_resume(self, data):
        name = data.draw(st.sampled_from(self.names), label="who")
        self.tick()
        self.model.paused ^= {name}
        self.write_flags(name)

    @precondition(lambda self: not self.model.paused)
    @rule(data=st.data())
    def full_sync(self, data):
        source, target = data.draw(st.permutations(self.names), label="from and to")[:2]
        self.tick()
        mirror = self.world.member(target, "demo")["url"]
        path = "/artifactory/api/federation/fullSync/demo"
        self.world[source].post(path, params={"mirror": mirror}).raise_for_status()
        self.model.ways[source, target].full_sync = True

    @rule(data=st.data(), hours=st.sampled_from((-1, 0, 1)))
    def set_clock(self, data, hours):
        name = data.draw(st.sampled_from(self.names), label="whose")
        self.tick()
        self.world.control.offset_clock(name, hours * 3600)
        self.model.offsets[name] = hours * 3600 * 1000

    @rule(days=st.sampled_from((1, 2, 4)))
    def wait(self, days):
        self.world.control.advance_clock(days * 24 * 3600)
        self.tick()

    @invariant()
    def agree_with_the_model(self):
        if not hasattr(self, "model"):
            return
        self.settle()
        for name in self.names:
            assert self.seen(name) == self.expected(name), name
            waiting = self.waiting_for_a_full_sync(name)
            for (source, target), way in self.model.ways.items():
                if source == name and self.model.passable((source, target)):
                    assert (target in waiting) == way.out_of_sync, (source, target)

    def teardown(self):
        if not hasattr(self, "model"):
            return
        # One direction at a time: a full sync that has waited must not race with deletions of the other direction.
        for (source, target), way in self.model.ways.items():
            if way.cut:
                self.world.control.heal_link(source, target, both=False)
                way.cut = False
                self.settle()
        for name in sorted(self.model.paused):
            self.model.paused.discard(name)
            self.write_flags(name)
            self.settle()
        self.agree_with_the_model()
        for path in set(PATHS) - self.model.excused:
            assert len({self.model.entries[name][path] for name in self.names}) == 1, path
        for name in self.names:
            assert self.contents(name) == {path: self.model.entries[name][path].content for path in PATHS}, name

    def tick(self):
        """A second passes, so that no two edits have the same time."""
        self.world.control.advance_clock(1)
        return self.world.control.clock()["nowMs"]

    def whole(self):
        return not any(way.cut for way in self.model.ways.values())

    def full_syncs_wait(self):
        return any(way.full_sync for way in self.model.ways.values())

    def write_flags(self, name):
        members = [self.world.member(each, "demo", enabled=each not in self.model.paused) for each in self.names]
        self.world.edit(name, "demo", members=members).raise_for_status()

    def settle(self):
        """Let everything arrive that can; what a cut or a pause holds back stays."""
        self.model.settle(self.world.control.clock()["nowMs"])
        for _ in range(2000):
            found = (WAITING.match(line) for line in self.world.control.wait_until_idle(0))
            pairs = [(match.group(1), self.urls[match.group(2)]) for match in found if match]
            if not any(self.model.passable(pair) for pair in pairs):
                return
        raise AssertionError(f"not delivered: {pairs}")

    def expected(self, name):
        entries = self.model.entries[name]
        return {path: dict(entry.properties) for path, entry in entries.items() if entry.content is not None}

    def seen(self, name):
        """Properties by path of the files that are there."""
        found = {}
        for path in PATHS:
            answer = self.world[name].get(f"/artifactory/api/storage/demo/{path}?properties")
            if answer.status_code == 200:
                found[path] = {key: values[0] for key, values in answer.json()["properties"].items()}
        return found

    def contents(self, name):
        answers = {path: self.world[name].get(f"/artifactory/demo/{path}") for path in PATHS}
        return {path: answer.content if answer.status_code == 200 else None for path, answer in answers.items()}

    def waiting_for_a_full_sync(self, name):
        """The JPDs that this one knows to be out of step."""
        state = self.world[name].get("/artifactory/api/v2/federation/status/repo/demo").raise_for_status().json()
        rows = [row for row in state["mirrorEventsStatusInfo"] if row["status"] == "PENDING_FS"]
        return {self.urls[row["remoteUrl"].removesuffix("/artifactory/")] for row in rows}


@pytest.mark.timeout(0 if EXAMPLES else 180)
@pytest.mark.parametrize("names", [("eu", "us"), ("eu", "us", "ap")], ids=["two JPDs", "three JPDs"])
def test_members_agree_after_links_heal_except_where_the_rules_say_otherwise(world, names):
    run_state_machine_as_test(
        lambda: Federation(world, names),
        settings=settings(
            LONG if EXAMPLES else QUICK,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
