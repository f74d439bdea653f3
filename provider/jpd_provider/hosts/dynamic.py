"""Serves every resource as a Pulumi dynamic provider.

Rule 1: an instance holds the resource's name and nothing else; what is stored in state is a reference (`anchor.load`).
Rule 2: four threads call one instance, so everything shared lives in the session and guards itself.
Rule 3: what goes out is complete and a copy: outputs are the inputs, the computed state, and `drift` where there is
        some.
Rule 4: errors leave as one message; a traceback is shown for our own defects only.

How drift reaches the user: `read` returns live inputs, so the engine itself shows which field changed. What is not an
input (a member that was removed on one side, a JPD that does not answer) is listed in the extra property `drift`, which
no program declares: the preview shows its text, and the update that removes it repairs the cause.
"""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pydantic import BaseModel

import jpd_provider
from jpd_provider import anchor, redaction, resources
from jpd_provider.errors import JpdError, SettingsError, Unreachable
from jpd_provider.resources.kind import SCHEMA_VERSION, Failure, Kind
from jpd_provider.settings import CONFIG_KEY, PREFLIGHT_KEY

from . import values
from .session import Session, open_session

__all__ = ["DynamicProvider", "Tombstone", "provider"]

DRIFT = "drift"

_WAYS_OUT = (
    "Bring the JPD back and run it again; correct its url under jpd:deployments if it has moved; or give it up: set "
    "retain_on_delete on the resource before removing it, or drop it from state with `pulumi state delete`."
)

T = TypeVar("T")


def provider(kind: str, format_: int) -> ResourceProvider:
    """The provider of a resource, or a tombstone for one that this release does not know."""
    if format_ != anchor.FORMAT or kind not in resources.REGISTRY:
        return Tombstone(kind, format_)
    return DynamicProvider(kind)


class Failed(Exception):
    """What the engine shows: "JpdError: " and the message."""


# The engine prints the class with its module unless that is `builtins`.
Failed.__name__ = Failed.__qualname__ = "JpdError"
Failed.__module__ = "builtins"


def _clean(method: Callable[..., T]) -> Callable[..., T]:
    """Let errors leave as one redacted message.

    The SDK sends `traceback.format_exc()`, which honours `sys.tracebacklimit`. The limit holds for the process, so it
    is set only while one of our errors travels up, and lifted when the next operation begins.
    """

    @functools.wraps(method)
    def guarded(*args: Any, **kwargs: Any) -> T:
        sys.__dict__.pop("tracebacklimit", None)
        try:
            return method(*args, **kwargs)
        except JpdError as error:
            sys.tracebacklimit = 0
            raise Failed(redaction.redact(str(error))) from None
        except Exception:  # noqa: BLE001 - the border: a defect's traceback may quote values, so it leaves redacted
            text = redaction.redact(traceback.format_exc())
            sys.tracebacklimit = 0
            raise Failed(
                f"This is a defect of pulumi-jpd {jpd_provider.__version__}; please report it.\n{text}"
            ) from None

    return guarded


class DynamicProvider(ResourceProvider):
    """One resource's lifecycle behind Pulumi's dynamic interface."""

    serialize_as_secret_always = False  # the stored reference holds no secret, and readable state is worth having

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._name = kind
        self._session = Session(None, None)

    def __reduce__(self) -> tuple[Any, ...]:
        """Stored by reference: the same few characters on every Python, for ever."""
        return anchor.load, (self._name, anchor.FORMAT)

    @property
    def _kind(self) -> Kind[Any, Any]:
        return resources.find(self._name)

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's configuration; called once per process and kind."""
        self._session = open_session(req.config.get(CONFIG_KEY), req.config.get(PREFLIGHT_KEY))

    @_clean
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Canonical inputs, or the reasons for refusing them."""
        wanted = values.properties(news)
        wanted.pop(DRIFT, None)  # comes back from state when a program ignores changes of it
        try:
            canonical, failures = self._kind.check(wanted, self._session.settings)
            failures = failures or self._session.declared_twice(self._kind, canonical)
            if not failures:
                before = {name: value for name, value in values.properties(olds).items() if name != DRIFT}
                failures = self._session.preflight(self._kind, canonical, changed=wanted != before)
        except SettingsError as error:
            return CheckResult(dict(news), [CheckFailure("", redaction.redact(str(error)))])
        return CheckResult(
            {name: values.to_pulumi(value) for name, value in canonical.items()}, [_failure(item) for item in failures]
        )

    @_clean
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Which changes replace; the engine itself compares the inputs and shows their details."""
        plan = self._kind.plan(values.properties(_olds), values.properties(_news))
        return DiffResult(
            changes=None, replaces=list(plan.replaces), delete_before_replace=plan.delete_before_replace or None
        )

    @_clean
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the resource, or adopt what an interrupted attempt left."""
        inputs = self._kind.parse_inputs(values.properties(props))
        state = self._kind.create(self._session.jpds, inputs)
        return CreateResult(self._kind.identity(inputs), _outputs(inputs, state))

    @_clean
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is there now; `ReadResult(None, {})` says that it is gone."""
        known = values.properties(props)
        inputs = self._kind.parse_inputs(known) if known else None
        state = self._kind.state.model_validate(known) if known else None
        reading = self._kind.read(self._session.jpds, id_, inputs, state)
        if reading is None:
            return ReadResult(None, {})
        drift = {DRIFT: [redaction.redact(str(item)) for item in reading.drift]} if reading.drift else {}
        return ReadResult(id_, _outputs(reading.inputs, reading.state) | drift, _given(reading.inputs) | drift)

    @_clean
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Bring the resource to the new inputs and repair what drifted."""
        olds = values.properties(_olds)
        inputs = self._kind.parse_inputs(values.properties(_news))
        old_state = self._kind.state.model_validate(olds)
        state = self._kind.update(self._session.jpds, self._kind.parse_inputs(olds), old_state, inputs)
        return UpdateResult(_outputs(inputs, state))

    @_clean
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete the resource; already gone is success."""
        known = values.properties(_props)
        inputs = self._kind.parse_inputs(known)
        try:
            self._kind.delete(self._session.jpds, inputs, self._kind.state.model_validate(known))
        except Unreachable as error:
            raise Unreachable(error.message, deployment=error.deployment, hint=_WAYS_OUT) from error


class Tombstone(ResourceProvider):
    """Stands in for a resource that this release does not know: every operation says so."""

    serialize_as_secret_always = False

    def __init__(self, kind: str, format_: int) -> None:
        super().__init__()
        self._reference = (kind, format_)

    def __reduce__(self) -> tuple[Any, ...]:
        """The reference as it was found."""
        return anchor.load, self._reference

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse, in words."""
        return CheckResult(dict(news), [CheckFailure("", self._message())])

    @_clean
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Refuse, in words."""
        raise JpdError(self._message())

    @_clean
    def create(self, props: dict[str, Any]) -> CreateResult:  # noqa: ARG002 - the signature is Pulumi's
        """Refuse, in words."""
        raise JpdError(self._message())

    @_clean
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:  # noqa: ARG002 - the signature is Pulumi's
        """Refuse, in words: what cannot be understood is never "gone"."""
        raise JpdError(self._message())

    @_clean
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Refuse, in words."""
        raise JpdError(self._message())

    @_clean
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Refuse, in words: only the release that made it knows how to remove it."""
        raise JpdError(self._message())

    def _message(self) -> str:
        kind, format_ = self._reference
        return (
            f"State holds a resource of kind '{kind}' (format {format_}), which pulumi-jpd {jpd_provider.__version__} "
            "does not know: a later release wrote it. Install that release (pip install --upgrade pulumi-jpd), or "
            f"drop the resource from state with `pulumi state delete`."
        )


def _failure(failure: Failure) -> CheckFailure:
    """The property goes into the reason: given as such, Pulumi prints its value next to it, a secret's in clear."""
    reason = f"{failure.property}: {failure.reason}" if failure.property else failure.reason
    return CheckFailure("", redaction.redact(reason))


def _given(inputs: BaseModel) -> dict[str, Any]:
    """The inputs that the user set, by their names, also inside nested ones."""
    # The Python mode keeps secrets wrapped; the JSON mode would turn them into asterisks.
    given = inputs.model_dump(mode="python", exclude_unset=True, exclude_none=True)
    return {name: values.to_pulumi(value) for name, value in sorted(given.items())}


def _outputs(inputs: BaseModel, state: BaseModel) -> dict[str, Any]:
    computed = {name: values.to_pulumi(value) for name, value in sorted(state.model_dump(mode="python").items())}
    return _given(inputs) | computed | {"__schema": SCHEMA_VERSION}
