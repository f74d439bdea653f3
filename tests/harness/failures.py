"""What can go wrong while the engine talks to a provider.

HarnessFailure
  ProviderFailure     the provider answered with an error; its text is what a user of Pulumi reads
    ProviderDied      there was nobody left to answer
  CheckFailed         the provider refused the inputs, before anything was planned
"""

from collections.abc import Sequence
from dataclasses import dataclass


class HarnessFailure(Exception):
    """Anything that makes an operation of the engine fail."""


class ProviderFailure(HarnessFailure):
    """The provider answered `method` with an error. `text` is printed by Pulumi as it stands."""

    def __init__(self, method: str, text: str) -> None:
        super().__init__(f"{method}: {text}")
        self.method = method
        self.text = text


class ProviderDied(ProviderFailure):
    """The process was killed, or its connection broke, while `method` ran."""


@dataclass(frozen=True)
class Refusal:
    """One check failure. An empty `property` means the whole resource."""

    property: str
    reason: str


class CheckFailed(HarnessFailure):
    """The provider's check refused the inputs of `resource`."""

    def __init__(self, resource: str, refusals: Sequence[Refusal]) -> None:
        text = "; ".join(f"{r.property}: {r.reason}" if r.property else r.reason for r in refusals)
        super().__init__(f"{resource}: {text}")
        self.resource = resource
        self.refusals = tuple(refusals)
