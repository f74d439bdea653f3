"""Asks all deployments in the background, and answers for the resources and for `jpd doctor`.

Rule 1: the preview never waits long: WAIT_SECONDS in all, counted from the first question.
Rule 2: a deployment that has not answered by then is unknown: a warning, and no reason to refuse anything.
Rule 3: what a resource does to a JPD waits for the facts, and is refused by the first failure that guards it.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping

from jpd_provider import redaction
from jpd_provider.client.jpd import Jpd, Jpds
from jpd_provider.errors import SettingsError

from .checks import CHECKS
from .facts import Facts, facts_of
from .findings import Finding, Severity

__all__ = ["Preflight", "require", "require_base_url", "require_join_key"]

logger = logging.getLogger(__name__)

WAIT_SECONDS = 3.0
"""Our choice: several times what a JPD needs to answer, and short enough for a preview."""


class Preflight:
    """The facts of all deployments of a stack, gathered while the program runs."""

    def __init__(self, jpds: Jpds) -> None:
        self._jpds = jpds
        self._facts: dict[str, Facts] = {}
        self._answered: dict[str, threading.Event] = {}
        self._unusable: dict[str, SettingsError] = {}
        self._deadline = 0.0
        self._said: set[Finding] = set()
        self._lock = threading.Lock()

    def failures(self, kind: str, deployments: Mapping[str, str], *, refuse: bool = True) -> list[Finding]:
        """What refuses a resource of that kind, whose inputs name these deployments (input -> name).

        All else goes to the log, each finding once.
        """
        known = self._known(deployments.values())
        found = list(_findings({field: known[name] for field, name in deployments.items() if name in known}))
        failing = [one for one in found if refuse and one.severity is Severity.FAILURE and kind in _guards(one)]
        self._warn([one for one in found if one not in failing])
        return failing

    def report(self) -> tuple[list[Facts], list[Finding]]:
        """All deployments and all findings, however long it takes."""
        self._start()
        for event in self._answered.values():
            event.wait()
        facts = [self._facts.get(name) or self._without_credential(name) for name in self._jpds.settings]
        return facts, list(_findings({each.deployment: each for each in facts}))

    def _without_credential(self, name: str) -> Facts:
        deployment = self._jpds.settings[name]
        return Facts(name, deployment.url, "", faults={"administrator": self._unusable[name]})

    def _known(self, deployments: Iterable[str]) -> dict[str, Facts]:
        self._start()
        known = {}
        for name in dict.fromkeys(deployments):
            event = self._answered.get(name)
            if event is not None and event.wait(max(0.0, self._deadline - time.monotonic())):
                known[name] = self._facts[name]
            elif event is not None:
                text = f"'{name}' has not answered within {WAIT_SECONDS:.0f} seconds; its state is unknown."
                self._warn([Finding("reachable", Severity.UNKNOWN, (name,), text)])
        return known

    def _start(self) -> None:
        with self._lock:
            if self._answered:
                return
            self._deadline = time.monotonic() + WAIT_SECONDS
            for name in self._jpds.settings:
                try:
                    jpd = self._jpds[name]
                except SettingsError as error:
                    self._unusable[name] = error  # no credential: whoever uses this deployment says so
                    continue
                self._answered[name] = event = threading.Event()
                # Daemons: a JPD that never answers must not keep the process alive.
                threading.Thread(target=self._ask, args=(jpd, event), name=f"preflight {name}", daemon=True).start()

    def _ask(self, jpd: Jpd, event: threading.Event) -> None:
        self._facts[jpd.name] = facts_of(jpd, patient=False)
        event.set()

    def _warn(self, findings: Iterable[Finding]) -> None:
        with self._lock:
            new = [finding for finding in findings if finding not in self._said]
            self._said.update(new)
        for finding in new:
            if finding.check not in _DOCTOR_ONLY:
                logger.warning("%s", redaction.redact(str(finding)))


_DOCTOR_ONLY = frozenset({"expiry"})
# A preview shows it as drift of the BindingToken that it concerns.


def require(kind: str, jpds: Mapping[str, Jpd]) -> dict[str, Facts]:
    """The facts of the deployments that a resource is about to work with, by the inputs that name them.

    The first failure that guards the resource is raised, and so is the error of a deployment that does not answer.
    """
    facts = {field: facts_of(jpd) for field, jpd in jpds.items()}
    _raise_first(kind, _findings(facts), unknown=True)
    return facts


def require_base_url(kind: str, issuer: Facts, stated: str) -> None:
    """Refuse a pairing token that sends the other side to the wrong address."""
    _raise_first(kind, (finding for check in CHECKS for finding in check.of_token(check, issuer, stated)))


def require_join_key(kind: str, home: Facts, join_key: str) -> None:
    """Refuse a registration with a join key where it cannot last."""
    _raise_first(kind, (finding for check in CHECKS for finding in check.of_join_key(check, home, join_key)))


def _findings(facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """Of each deployment, then of each pair. Two inputs that name one deployment are no pair."""
    for check in CHECKS:
        for field, each in facts.items():
            if check.field in ("", field):
                yield from check.of_one(check, each)
    different = {each.deployment: each for each in facts.values()}.values()
    for check in CHECKS:
        for one, other in itertools.combinations(different, 2):
            yield from check.of_pair(check, one, other)


def _guards(finding: Finding) -> frozenset[str]:
    return next(check.guards for check in CHECKS if check.name == finding.check)


def _raise_first(kind: str, findings: Iterable[Finding], *, unknown: bool = False) -> None:
    for finding in findings:
        fatal = finding.severity is Severity.FAILURE or (unknown and finding.severity is Severity.UNKNOWN)
        if fatal and kind in _guards(finding):
            raise finding.as_error()
