"""A small Pulumi engine: check, diff, then create, update, replace or delete; preview, refresh, import, destroy.

Rule 1: a preview changes nothing, neither the state nor, through create, update or delete, the world.
Rule 2: each operation starts the provider host anew, as `pulumi` does; only the state survives between two.
Rule 3: check and diff run one at a time; create, update, delete and read run beside each other, dependencies first.
Rule 4: the first failure stops what has not begun. What was done before it is in the state.
Rule 5: deletes come last: what a replacement left over, then what the program no longer names, dependants first.
Not modelled: components, protect, targets, and the replacement of dependants by a delete-before-replace.
"""

import copy
import graphlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent import futures
from contextlib import contextmanager
from functools import partial
from typing import Any

from . import wire
from .failures import HarnessFailure
from .program import Program, Resource, resolve
from .provider import Diff, Provider
from .state import Op, Result, State, Step, Stored, urn_of
from .transport import Transport


class Engine:
    """One stack: its configuration, its state and the provider host behind a transport."""

    def __init__(self, transport: Transport, config: Mapping[str, Any] | None = None, *, parallel: int = 4) -> None:
        self.config = dict(config or {})
        self.state = State()
        self._transport = transport
        self._parallel = parallel

    def preview(self, program: Program, *, refresh: bool = False) -> Result:
        """What `up` would do. The state stays as it is, also with `refresh`."""
        with self._provider() as provider:
            return _Operation(provider, copy.deepcopy(self.state), self._parallel, preview=True).up(program, refresh)

    def up(self, program: Program, *, refresh: bool = False) -> Result:
        """Make the world like the program, without a preview first."""
        with self._provider() as provider:
            return _Operation(provider, self.state, self._parallel).up(program, refresh)

    def refresh(self, *, preview: bool = False) -> Result:
        """Make the state like the world; with `preview`, only say how they differ."""
        state = copy.deepcopy(self.state) if preview else self.state
        with self._provider() as provider:
            return Result((), _Operation(provider, state, self._parallel, preview=preview).refresh())

    def destroy(self) -> Result:
        """Delete everything in the state."""
        with self._provider() as provider:
            return _Operation(provider, self.state, self._parallel).up([], refresh=False)

    def import_file(self, entries: Sequence[Stored]) -> None:
        """`pulumi import --file` with inputs and outputs: read is skipped, check runs on the inputs."""
        with self._provider() as provider:
            for entry in entries:
                provider.check(urn_of(entry.type, entry.name), entry.inputs, entry.inputs)
                self.state.resources[entry.name] = entry

    def import_id(self, resource: Resource, id_: str) -> None:
        """`pulumi import TYPE NAME ID`: read with the id and nothing else."""
        with self._provider() as provider:
            live = provider.read(urn_of(resource.type, resource.name), id_, outputs={}, inputs={})
            if live is None:
                raise HarnessFailure(f"{resource.name}: {id_} does not exist")
            self.state.resources[resource.name] = Stored.of(resource, live.id, live.inputs or {}, live.outputs)

    @contextmanager
    def _provider(self) -> Iterator[Provider]:
        self._transport.start()
        try:
            provider = Provider(self._transport)
            provider.configure(self.config)
            yield provider
        finally:
            self._transport.stop()


class _Operation:
    """One run of the engine over a state."""

    def __init__(self, provider: Provider, state: State, parallel: int, *, preview: bool = False) -> None:
        self._provider = provider
        self._state = state
        self._preview = preview
        self._parallel = parallel
        self._planning = threading.Lock()  # Rule 3
        self._outputs: dict[str, wire.Properties] = {}

    def up(self, program: Program, refresh: bool) -> Result:
        refreshed = self.refresh() if refresh else ()
        wanted = {resource.name: resource for resource in program}
        assert len(wanted) == len(program), "two resources of the program have one name"
        steps = self._each([(r.name, sorted(r.dependencies), partial(self._register, r)) for r in program])
        leftovers = list(self._state.pending_deletes)
        steps += [self._delete(stored, Op.DELETE_REPLACED) for stored in leftovers]
        unwanted = [stored for name, stored in self._state.resources.items() if name not in wanted]
        steps += self._each(self._dependants_first(unwanted))
        return Result(tuple(steps), refreshed)

    def refresh(self) -> tuple[Step, ...]:
        stored = list(self._state.resources.values())
        return tuple(self._each([(s.name, [], partial(self._refresh_one, s)) for s in stored]))

    def _register(self, resource: Resource) -> Step:
        old = self._state.resources.get(resource.name)
        if old is None:
            with self._planning:
                inputs = self._check(resource, None)
            self._create(resource, inputs)
            return Step(Op.CREATE, resource.name)
        with self._planning:
            inputs = self._check(resource, old)
            urn = urn_of(resource.type, resource.name)
            diff = self._provider.diff(urn, old.id, olds=old.outputs, old_inputs=old.inputs, news=inputs)
            if diff.replaces:
                inputs = self._check(resource, None)  # what replaces it is checked as something new
        if diff.replaces:
            return self._replace(resource, old, inputs, diff)
        if diff.changed:
            self._update(resource, old, inputs)
            return Step(Op.UPDATE, resource.name, diff.fields)
        self._store(resource, old.id, inputs, old.outputs)  # new inputs, OLD outputs
        return Step(Op.SAME, resource.name)

    def _check(self, resource: Resource, old: Stored | None) -> wire.Properties:
        olds = old.inputs if old else {}
        ignored = {key: olds[key] for key in resource.ignore_changes if key in olds}
        news = resolve(resource.registered(), self._outputs) | ignored
        return self._provider.check(urn_of(resource.type, resource.name), olds, news)

    def _create(self, resource: Resource, inputs: wire.Properties) -> None:
        if self._preview:
            self._outputs[resource.name] = inputs  # the id and what create computes are unknown
            return
        id_, outputs = self._provider.create(urn_of(resource.type, resource.name), inputs)
        self._store(resource, id_, inputs, outputs)

    def _update(self, resource: Resource, old: Stored, inputs: wire.Properties) -> None:
        if self._preview:
            self._outputs[resource.name] = inputs | {"id": old.id}
            return
        urn = urn_of(resource.type, resource.name)
        outputs = self._provider.update(urn, old.id, olds=old.outputs, old_inputs=old.inputs, news=inputs)
        self._store(resource, old.id, inputs, outputs)

    def _replace(self, resource: Resource, old: Stored, inputs: wire.Properties, diff: Diff) -> Step:
        if diff.delete_before_replace:
            self._delete(old, Op.DELETE_REPLACED)
            self._create(resource, inputs)
        else:
            self._create(resource, inputs)
            self._state.pending_deletes.append(old)  # Rule 5; stays there if the run fails before
        return Step(Op.REPLACE, resource.name, diff.fields, diff.replaces)

    def _delete(self, stored: Stored, op: Op) -> Step:
        if not self._preview:
            urn = urn_of(stored.type, stored.name)
            self._provider.delete(urn, stored.id, outputs=stored.outputs, inputs=stored.inputs)
        self._state.drop(stored)
        return Step(op, stored.name)

    def _refresh_one(self, old: Stored) -> Step:
        urn = urn_of(old.type, old.name)
        live = self._provider.read(urn, old.id, outputs=old.outputs, inputs=old.inputs)
        if live is None:
            self._state.drop(old)
            return Step(Op.DELETE, old.name)
        inputs = old.inputs if live.inputs is None else live.inputs
        outputs = wire.mark_secret(live.outputs, old.secret_outputs)
        with self._planning:
            # The engine asks how to get BACK from the live object to what it had, and shows the answer inverted.
            diff = self._provider.diff(urn, live.id, olds=outputs, old_inputs=inputs, news=old.inputs)
        self._state.resources[old.name] = old.with_live(live.id, inputs, outputs)
        return Step(Op.UPDATE, old.name, diff.fields) if diff.changed else Step(Op.SAME, old.name)

    def _store(self, resource: Resource, id_: str, inputs: wire.Properties, outputs: wire.Properties) -> None:
        stored = Stored.of(resource, id_, inputs, outputs)
        self._state.resources[resource.name] = stored
        self._outputs[resource.name] = stored.outputs | {"id": id_}

    def _dependants_first(self, stored: Sequence[Stored]) -> "list[_Job]":
        by_name = {s.name: s for s in stored}
        dependants = {s.name: [other.name for other in stored if s.name in other.dependencies] for s in stored}
        order = graphlib.TopologicalSorter(dependants).static_order()
        return [(name, dependants[name], partial(self._delete, by_name[name], Op.DELETE)) for name in order]

    def _each(self, jobs: "Sequence[_Job]") -> list[Step]:
        """Run the jobs beside each other, each after those it names, which come earlier in the list. Rule 4."""
        running: dict[str, futures.Future[Step | None]] = {}
        failed = threading.Event()

        def run(after: list[futures.Future[Step | None]], job: Callable[[], Step]) -> Step | None:
            futures.wait(after)
            if failed.is_set():
                return None
            try:
                return job()
            except BaseException:
                failed.set()
                raise

        with futures.ThreadPoolExecutor(self._parallel) as pool:
            for name, dependencies, job in jobs:
                running[name] = pool.submit(run, [running[d] for d in dependencies], job)
        return [step for future in running.values() if (step := future.result()) is not None]


_Job = tuple[str, Sequence[str], Callable[[], Step]]
