"""Reads of repository configuration during a refresh: one bulk call serves every resource of a deployment.

Rule 1: a snapshot is for reading what is there, never for deciding what to write; writers ask for the one repository.
Rule 2: any write of configuration on any deployment ends every snapshot: a JPD pushes what it is told to its peers.
Rule 3: a snapshot never says "gone". What it lacks is asked for by its key, and that answer counts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping

from .repositories import Repositories, RepositoryConfiguration

__all__ = ["Generation", "Snapshot"]

LIFETIME_SECONDS = 30.0
"""How long a snapshot may serve. Our choice: a refresh of hundreds of resources takes less; people edit meanwhile."""


class Generation:
    """Counts the writes of configuration in this process."""

    def __init__(self) -> None:
        self._number = 0
        self._lock = threading.Lock()

    @property
    def number(self) -> int:
        """Grows with every write."""
        return self._number

    def end(self) -> None:
        """A write has begun or ended: what was read before is out of date."""
        with self._lock:
            self._number += 1


class Snapshot:
    """What one deployment said about all its federated repositories, fetched when somebody reads."""

    def __init__(
        self, repositories: Repositories, generation: Generation, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._repositories = repositories
        self._generation = generation
        self._clock = clock
        self._lock = threading.Lock()
        self._held: Mapping[str, RepositoryConfiguration] = {}
        self._held_generation = -1
        self._held_until = 0.0
        self._supported = True

    def get(self, key: str, *, needed: Iterable[str] = ()) -> RepositoryConfiguration | None:
        """A repository's configuration, or None when it does not exist.

        Args:
            key: The repository's key.
            needed: Fields, by JFrog's names, that the caller will look at. The bulk answer holds fewer fields than the
                one for a single repository; where it lacks one of these, the single one is asked for.
        """
        found = self._all().get(key)
        if found is None or any(field not in found.raw for field in (*needed, "members")):
            return self._repositories.get(key)
        return found

    def _all(self) -> Mapping[str, RepositoryConfiguration]:
        # Under the lock: of four threads that begin a refresh together, one asks and the others wait for its answer.
        with self._lock:
            generation, now = self._generation.number, self._clock()
            if self._supported and (self._held_generation != generation or now >= self._held_until):
                answer = self._repositories.all_federated()
                self._supported = answer is not None
                self._held = answer or {}
                self._held_generation, self._held_until = generation, now + LIFETIME_SECONDS
            return self._held if self._held_generation == generation else {}
