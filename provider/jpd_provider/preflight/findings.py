"""What a check found."""

from __future__ import annotations

import dataclasses
import enum

from jpd_provider.errors import JpdError, UserError

__all__ = ["Finding", "Severity"]


class Severity(enum.Enum):
    """How a finding is taken."""

    FAILURE = "failure"
    """It cannot work; a resource that is guarded by the check is refused."""

    UNKNOWN = "unknown"
    """The deployment could not be asked. Never read as "fine", and never as "gone"."""

    WARNING = "warning"
    """It works today."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One fault of one deployment, or of two together."""

    check: str
    """Name of the check in the catalogue."""

    severity: Severity
    deployments: tuple[str, ...]

    text: str
    """What is wrong, as one sentence that names the deployments."""

    fix: str = ""
    """What to do, as the sentence that follows."""

    error: JpdError | None = None
    """The error that the probe met, if there was one."""

    def as_error(self) -> JpdError:
        """The finding as the error that stops an operation."""
        return self.error or UserError(self.text, hint=self.fix)

    def __str__(self) -> str:
        """Text and fix."""
        return f"{self.text} {self.fix}".strip()
