"""Why the state refuses something. Services translate these into the product's status codes and bodies.

StateError
  Refused   the request contradicts a rule of the product
  Missing   the thing is not there
"""


class StateError(Exception):
    """Root of everything that the state refuses."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refused(StateError):
    """The request contradicts a rule of the product; nothing was changed."""


class Missing(StateError):
    """What the request names is not there."""
