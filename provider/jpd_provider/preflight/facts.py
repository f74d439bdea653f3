"""What is asked of a deployment, once per process, and what it answered.

Rule 1: a fault of one question does not keep the others from being asked, except when nothing answers at all.
Rule 2: answers are kept; faults are not. Whoever needs them next asks again.
"""

from __future__ import annotations

import dataclasses
import datetime
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import TypeVar

from jpd_provider.client.jpd import Jpd
from jpd_provider.client.system import Binding, Descriptor
from jpd_provider.errors import Forbidden, JpdError, NotFound, TransportError

__all__ = ["Facts", "facts_of", "probe"]

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Facts:
    """One deployment, as it answered. None: not known, see `faults`."""

    deployment: str
    url: str

    credential: str
    """The source that the credential came from, for people."""

    administrator: bool | None = None
    version: str | None = None

    service_id: str | None = None
    """`jfrt@...`; equal ids are one and the same JPD."""

    base_url: str | None = None
    """The base URL that it tells others; "" when it is not configured."""

    clock_offset_seconds: float | None = None
    """How far its clock is ahead of this machine's."""

    mission_control: bool | None = None
    """Whether its Mission Control answers."""

    bindings: tuple[Binding, ...] = ()
    """Pairings that it initiated, as far as it shows them."""

    faults: Mapping[str, JpdError] = dataclasses.field(default_factory=dict)
    """Question -> why there is no answer."""

    @property
    def reachable(self) -> bool:
        """Whether Artifactory answers."""
        return "artifactory" not in self.faults


class _Memo:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.facts: Facts | None = None


_memos: weakref.WeakKeyDictionary[Jpd, _Memo] = weakref.WeakKeyDictionary()
_guard = threading.Lock()


def facts_of(jpd: Jpd, *, patient: bool = True) -> Facts:
    """The facts of a deployment; asked when nobody has, or when the last asking met faults.

    `patient` tells whether a deployment that does not answer is tried as often as other calls are.
    """
    with _guard:
        memo = _memos.setdefault(jpd, _Memo())
    with memo.lock:
        if memo.facts is None or memo.facts.faults:
            memo.facts = probe(jpd, patient=patient)
        return memo.facts


def probe(jpd: Jpd, *, patient: bool = True) -> Facts:
    """Ask a deployment everything that the checks need."""
    questions = _Questions()
    facts = Facts(jpd.name, jpd.deployment.url, jpd.deployment.credential().source, faults=questions.faults)
    questions.ask("artifactory", lambda: jpd.system.ping(patient=patient))
    if isinstance(questions.faults.get("artifactory"), TransportError):
        return facts
    questions.ask("access", jpd.access.ping)
    facts = dataclasses.replace(
        facts,
        administrator=questions.ask("administrator", lambda: _is_administrator(jpd)),
        mission_control=questions.ask("mission_control", lambda: _has_mission_control(jpd)),
        version=questions.ask("version", jpd.system.version),
    )
    if facts.administrator:
        facts = _with_what_administrators_see(jpd, facts, questions)
    offset = (jpd.http.now() - datetime.datetime.now(tz=datetime.timezone.utc)).total_seconds()
    return dataclasses.replace(facts, clock_offset_seconds=offset)


class _Questions:
    """Asks, and notes for which questions there was no answer."""

    def __init__(self) -> None:
        self.faults: dict[str, JpdError] = {}

    def ask(self, question: str, call: Callable[[], T]) -> T | None:
        """The answer, or None and a note."""
        try:
            return call()
        except JpdError as error:
            self.faults[question] = error
            return None


def _with_what_administrators_see(jpd: Jpd, facts: Facts, questions: _Questions) -> Facts:
    descriptor = questions.ask("configuration", lambda: _descriptor(jpd))
    base_url = jpd.deployment.base_url or (None if descriptor is None else descriptor.base_url or "")
    return dataclasses.replace(
        facts,
        service_id=questions.ask("service_id", jpd.system.service_id),
        base_url=base_url,
        bindings=() if descriptor is None else descriptor.bindings or (),
    )


def _descriptor(jpd: Jpd) -> Descriptor | None:
    """None where the JPD hides it, as SaaS does: what it would say is then unknown, and nothing is wrong."""
    try:
        return jpd.system.descriptor()
    except (NotFound, Forbidden):
        return None


def _is_administrator(jpd: Jpd) -> bool:
    try:
        jpd.access.probe_administrator()
    except Forbidden:
        return False
    return True


def _has_mission_control(jpd: Jpd) -> bool:
    try:
        jpd.mission_control.ping()
    except NotFound:
        return False
    return True
