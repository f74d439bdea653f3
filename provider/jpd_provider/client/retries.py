"""Everything that waits for a deployment, or asks it again; the clients do neither on their own account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import tenacity

from jpd_provider.errors import JpdError

__all__ = ["MERGE_ATTEMPTS", "PASSING_ATTEMPTS", "Again", "repeat", "until"]

PASSING_ATTEMPTS = 4
"""Attempts on faults that pass by themselves; with the waits below they span about 4 seconds. Our choice."""

MERGE_ATTEMPTS = 20
"""Attempts on a lost race for the configuration descriptor, as JFrog's Terraform provider does."""

RETRY_AFTER_LIMIT_SECONDS = 30.0
"""The longest `Retry-After` that is honoured: a wait holds one of the dynamic host's four threads. Our choice."""

_BACKOFF = tenacity.wait_random_exponential(multiplier=0.25, max=3)

T = TypeVar("T")


class Again(Exception):
    """A signal to `repeat`: the attempt may be repeated. `error` is what the user reads if it is the last one."""

    def __init__(self, error: JpdError, *, attempts: int = PASSING_ATTEMPTS, wait_seconds: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.attempts = attempts
        self.wait_seconds = wait_seconds


def repeat(attempt: Callable[[], T], *, sleep: Callable[[float], None], patient: bool = True) -> T:
    """The result of the first attempt that raises no Again; when its attempts are used up, its error is raised.

    Without patience there is one attempt.
    """
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Again),
        stop=_attempts_are_used_up if patient else tenacity.stop_after_attempt(1),
        wait=_wait,
        sleep=sleep,
        reraise=True,
    )
    try:
        return retrying(attempt)
    except Again as last:
        raise last.error from last.__cause__


def until(probe: Callable[[], T], done: Callable[[T], bool], *, seconds: float, sleep: Callable[[float], None]) -> T:
    """The first result of `probe` that is `done`, or its last one when the time is up."""
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda result: not done(result)),
        stop=tenacity.stop_after_delay(seconds),
        wait=tenacity.wait_exponential(multiplier=0.05, max=2),
        sleep=sleep,
        retry_error_callback=_last_result,
    )
    return retrying(probe)


def _attempts_are_used_up(state: tenacity.RetryCallState) -> bool:
    return state.attempt_number >= _signal(state).attempts


def _wait(state: tenacity.RetryCallState) -> float:
    wanted = _signal(state).wait_seconds
    return _BACKOFF(state) if wanted is None else min(wanted, RETRY_AFTER_LIMIT_SECONDS)


def _signal(state: tenacity.RetryCallState) -> Again:
    signal = state.outcome.exception() if state.outcome else None
    if not isinstance(signal, Again):
        raise AssertionError("the retry loop repeats on Again and on nothing else")
    return signal


def _last_result(state: tenacity.RetryCallState) -> Any:
    return state.outcome.result() if state.outcome else None
