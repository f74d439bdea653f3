"""How many requests and how much time federations cost, for each, so that the numbers mean something on any machine.

Run it with `.venv/bin/python benchmarks/federations.py --federations 20`. It simulates JPDs that trust each other, lets
four threads, as many as Pulumi's host for dynamic providers has, take N federations through their life, and prints for
each operation the requests and the milliseconds per federation:

  up        goal: as many requests per federation for 60 as for 10 (nothing grows with the crowd)
  refresh   goal: at most 3 requests per JPD, however many federations there are
  update    one field changes everywhere
  destroy   members and repositories are deleted

The engine's own time is not in it: the provider's core is called as the host calls it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from jpd_provider import resources
from jpd_provider.client.jpd import Jpds
from jpd_provider.settings import Settings
from jpd_sim import Simulator

THREADS = 4
REFRESH_GOAL = 3
"""Requests per JPD of a refresh."""

REPOSITORY = resources.find("FederatedRepository")
BINDING = resources.find("BindingToken")


@dataclass
class Stack:
    """The federations of a run, and what is known of each."""

    simulator: Simulator
    size: int
    states: dict[str, Any] = field(default_factory=dict)

    @property
    def sites(self) -> list[str]:
        """The names of the JPDs."""
        return list(self.simulator.deployments)

    def jpds(self) -> Jpds:
        """New clients: each operation of Pulumi is a new process."""
        entries = {
            name: {"url": jpd.url, "accessToken": jpd.access_token} for name, jpd in self.simulator.deployments.items()
        }
        return Jpds(Settings.load({"jpd:deployments": json.dumps(entries)}.get))

    def pair(self) -> None:
        """Let every two sites trust each other."""
        jpds = self.jpds()
        for source, target in itertools.combinations(self.sites, 2):
            BINDING.create(jpds, BINDING.inputs.model_validate({"source": source, "target": target}))
        jpds.close()

    def inputs(self, number: int, description: str) -> Any:
        """One federation; each site is the hub of its share."""
        turn = number % len(self.sites)
        hub, *others = self.sites[turn:] + self.sites[:turn]
        gone = {"deletion_policy": "delete_repository", "force_destroy": True}
        return REPOSITORY.inputs.model_validate(
            {
                "deployment": hub,
                "key": f"generic-{number}",
                "package_type": "generic",
                "description": description,
                "force_destroy": True,
                "members": dict.fromkeys(others, gone),
            }
        )

    def all(self, description: str) -> Iterable[Any]:
        """All federations."""
        return [self.inputs(number, description) for number in range(self.size)]

    def measure(self, name: str, operation: Callable[[Jpds, Any], None], description: str) -> None:
        """Run an operation on all federations and print what each of them cost."""
        jpds = self.jpds()
        self.simulator.control.forget_requests()
        started = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda inputs: operation(jpds, inputs), self.all(description)))
        milliseconds = (time.perf_counter() - started) * 1000 / self.size
        jpds.close()
        requests = len(self.simulator.control.requests(peers=False))
        per_jpd = requests / len(self.sites)
        verdict = "" if name != "refresh" else f"   goal {'met' if per_jpd <= REFRESH_GOAL else 'MISSED'}"
        sys.stdout.write(
            f"{name:8} {requests / self.size:8.2f} requests each {milliseconds:8.1f} ms each "
            f"{per_jpd:8.1f} requests per JPD{verdict}\n"
        )

    def create(self, jpds: Jpds, inputs: Any) -> None:
        """As `pulumi up` does."""
        self.states[inputs.key] = REPOSITORY.create(jpds, inputs)

    def read(self, jpds: Jpds, inputs: Any) -> None:
        """As a refresh does; whatever it finds must be as declared."""
        found = REPOSITORY.read(jpds, REPOSITORY.identity(inputs), inputs, self.states[inputs.key])
        if found is None or found.drift:
            raise SystemExit(f"{inputs.key} is not as declared: {found and [str(it) for it in found.drift]}")

    def update(self, jpds: Jpds, inputs: Any) -> None:
        """One field changes."""
        before = self.inputs(int(inputs.key.rpartition("-")[2]), "first")
        self.states[inputs.key] = REPOSITORY.update(jpds, before, self.states[inputs.key], inputs)

    def delete(self, jpds: Jpds, inputs: Any) -> None:
        """As `pulumi destroy` does."""
        REPOSITORY.delete(jpds, inputs, self.states[inputs.key])


def main() -> None:
    """Measure one life of N federations."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--federations", type=int, default=20, help="how many; default 20")
    parser.add_argument("--sites", type=int, default=3, choices=range(2, 11), help="JPDs in each; default 3")
    wanted = parser.parse_args()
    with Simulator([f"site{number}" for number in range(wanted.sites)]) as simulator:
        stack = Stack(simulator, wanted.federations)
        stack.pair()
        stack.measure("up", stack.create, "first")
        stack.measure("refresh", stack.read, "first")
        stack.measure("update", stack.update, "second")
        stack.measure("destroy", stack.delete, "second")


if __name__ == "__main__":
    main()
