"""One direction of a pairing: the initiator holds a master token that gives it rights on the issuer.

Rule 1: a pairing token is minted, used at once and forgotten. What failed is tried once more with a fresh one.
Rule 2: an exchange whose fate is unknown is looked up before it is repeated: the token pairs once.
Rule 3: the issuer is recognised by its service id, which stands in the scope, so a base URL that moved is seen as such.
Rule 4: looking and pairing happen under the initiator's configuration lock: two resources never pair the same ends.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import logging
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from jpd_provider import preflight
from jpd_provider.client.jpd import Jpd
from jpd_provider.client.system import Binding
from jpd_provider.errors import (
    ApiError,
    FateUnknown,
    Forbidden,
    JpdError,
    NotFound,
    ServerError,
    Unreachable,
    UserError,
)

__all__ = ["Direction", "Look", "Pairing"]

logger = logging.getLogger(__name__)

_KIND = "BindingToken"

_USUAL_LIFE = datetime.timedelta(days=365)
# The product's default life of a master token (trust 2.1): what we assume where the JPD does not show its pairings.

_SECONDS_UNTIL_SHOWN = 5.0
# The configuration descriptor is saved asynchronously. Our choice.


class Pairing(BaseModel):
    """What is known of one direction. No token is among it."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    base_url: str = ""
    """Where the initiator believes the issuer to be."""

    scope: str = ""
    token_id: str = ""
    """Id of the master token on the issuer; not a secret."""

    paired_at: str = ""
    expires_at: str = ""
    """ISO 8601 in UTC, by the initiator's clock. An estimate where the initiator does not show its pairings."""

    @classmethod
    def of(cls, binding: Binding) -> Pairing:
        """As the initiator's descriptor shows it."""
        return cls(
            base_url=binding.base_url,
            scope=binding.scope,
            token_id=binding.token_id,
            paired_at=_iso(binding.refreshed_at),
            expires_at=_iso(binding.expires_at),
        )

    @property
    def expiry(self) -> datetime.datetime | None:
        """The end as a moment; None when it is not known."""
        return datetime.datetime.fromisoformat(self.expires_at) if self.expires_at else None


@dataclasses.dataclass(frozen=True)
class Look:
    """What the initiator shows of a direction. Not visible: nothing is known, and nothing is concluded."""

    visible: bool
    current: Pairing | None = None

    stale: tuple[Pairing, ...] = ()
    """Further pairings with the same issuer, under addresses that it no longer has."""


@dataclasses.dataclass(frozen=True)
class Direction:
    """From the initiator to the issuer, for one use case."""

    initiator: Jpd
    issuer: Jpd
    use_case: str

    def __str__(self) -> str:
        """For people and for the state: `eu->us`."""
        return f"{self.initiator.name}->{self.issuer.name}"

    @functools.cached_property
    def _issuer_scope(self) -> str:
        return f"{self.issuer.system.service_id()}:admin"

    def look(self, remembered: Pairing | None = None) -> Look:
        """What is there now; `remembered` stands in where the initiator does not show its pairings."""
        try:
            bindings = self.initiator.system.descriptor().bindings
        except (NotFound, Forbidden):  # the descriptor is for administrators of self-hosted JPDs
            bindings = None
        if bindings is None:
            return Look(visible=False, current=remembered)
        ours = [binding for binding in bindings if self._concerns(binding)]
        ours.sort(key=lambda binding: (binding.base_url == self.issuer.base_url, binding.expires_at), reverse=True)
        pairings = [Pairing.of(binding) for binding in ours]
        return Look(visible=True, current=pairings[0] if pairings else None, stale=tuple(pairings[1:]))

    def faults(self, look: Look, *, renew_before_days: int) -> Iterator[tuple[str, str]]:
        """Why this direction must be paired again: pairs of deployment and reason."""
        initiator, issuer = self.initiator.name, self.issuer.name
        current = look.current
        if current is None:
            if look.visible:
                yield initiator, f"no pairing with {issuer} for {self.use_case}"
            return
        if look.visible and current.base_url != self.issuer.base_url:
            yield initiator, f"paired with {issuer} at {current.base_url}, which is now at {self.issuer.base_url}"
        for stale in look.stale:
            yield initiator, f"still holds a pairing with {issuer} at {stale.base_url}"
        if current.expiry is not None:
            yield from self._ending(current.expiry, renew_before_days)
        if current.token_id and not self.issuer.access.knows_token(current.token_id):
            yield issuer, f"the master token of {initiator} was revoked"

    def ensure(self, *, renew_before_days: int, remembered: Pairing | None = None) -> tuple[Pairing, bool]:
        """Pair unless all is well already. Returns the pairing, and whether it was made here."""
        with self.initiator.configuration_lock:
            look = self.look(remembered)
            if look.current is not None and not list(self.faults(look, renew_before_days=renew_before_days)):
                return look.current, False
            paired = self._pair(look)
            for old in (look.current, *look.stale):
                if old is not None and look.visible and old.base_url != paired.base_url:
                    self._discard(old)
            return paired, True

    def end(self, *, force: bool, remembered: Pairing | None = None) -> None:
        """Drop the trust and revoke the master token; what is gone already is fine."""
        with self.initiator.configuration_lock:
            look = self._last_look(remembered, force=force)
            known = [pairing for pairing in (look.current, *look.stale, remembered) if pairing is not None]
            for base_url in {pairing.base_url for pairing in known} or {self.issuer.base_url}:
                self._unpair(base_url, force=force)
        # No page says that the issuer's copy dies with the initiator's (trust 9, item 2): it would live on for a year.
        for token_id in {pairing.token_id for pairing in known if pairing.token_id}:
            self._revoke(token_id, force=force)

    def _concerns(self, binding: Binding) -> bool:
        scope = binding.scope.split()
        if f"internal:{self.use_case}" not in scope:
            return False
        return binding.base_url == self.issuer.base_url or self._issuer_scope in scope

    def _ending(self, expiry: datetime.datetime, renew_before_days: int) -> Iterator[tuple[str, str]]:
        initiator, issuer = self.initiator.name, self.issuer.name
        left = expiry - self.initiator.http.now()
        if left <= datetime.timedelta(0):
            yield initiator, f"pairing with {issuer} expired at {_iso(expiry)}"
        elif left < datetime.timedelta(days=renew_before_days):
            yield initiator, f"pairing with {issuer} expires in {left.days} days, renewed from {renew_before_days} on"

    def _pair(self, before: Look) -> Pairing:
        issuer = preflight.require(_KIND, {"initiator": self.initiator, "issuer": self.issuer})["issuer"]
        try:
            self._exchange(before, issuer)
        except (FateUnknown, ApiError) as error:
            if not _worth_another_token(error):
                raise
            logger.info("pair %s: %s; trying once more with a fresh pairing token", self, error)
            self._exchange(before, issuer)
        if not before.visible:
            now = self.initiator.http.now()
            return Pairing(base_url=self.issuer.base_url, paired_at=_iso(now), expires_at=_iso(now + _USUAL_LIFE))
        shown = self.initiator.http.wait_until(
            self.look, lambda look: self._is_new(look, before), seconds=_SECONDS_UNTIL_SHOWN
        )
        if shown.current is None or not self._is_new(shown, before):
            raise JpdError(
                f"pair {self} for use case '{self.use_case}': '{self.initiator.name}' accepted the token, but its "
                f"configuration shows no new pairing with {self.issuer.base_url}.",
                hint="Run `pulumi up` again; if it stays so, look into the Artifactory log of the initiator.",
            )
        return shown.current

    def _exchange(self, before: Look, issuer: preflight.Facts) -> None:
        """Mint on the issuer and exchange at once on the initiator."""
        try:
            token = self.issuer.service_trust.mint(self.use_case)
            preflight.require_base_url(_KIND, issuer, token.base_url)
            self.initiator.service_trust.exchange(self.use_case, token)
        except NotFound as error:
            raise UserError(
                f"pair {self}: '{error.deployment}' does not know the use case '{self.use_case}'.",
                hint="Known are federated-repo/*, federated-repo/r and federated-repo/<repository key>.",
            ) from error
        except FateUnknown:
            if not (before.visible and self._is_new(self.look(), before)):
                raise
        except ApiError as error:
            if error.status == 400 and error.deployment == self.initiator.name:
                error.hint = (
                    f"Both answer from here; check that '{self.initiator.name}' reaches '{self.issuer.name}' at "
                    f"{self.issuer.base_url} (network, proxy, TLS)."
                )
            raise

    def _is_new(self, look: Look, before: Look) -> bool:
        if look.current is None or look.current.base_url != self.issuer.base_url:
            return False
        return before.current is None or look.current.token_id != before.current.token_id

    def _discard(self, old: Pairing) -> None:
        """Forget an address that the issuer no longer has: nobody answers there, so only the initiator is told."""
        self._revoke(old.token_id, force=False)
        self.initiator.service_trust.unpair(self.use_case, base_url=old.base_url, force=True)

    def _last_look(self, remembered: Pairing | None, *, force: bool) -> Look:
        try:
            return self.look(remembered)
        except Unreachable as error:
            self._tolerate(error, force=force)
            return Look(visible=False, current=remembered)

    def _unpair(self, base_url: str, *, force: bool) -> None:
        try:
            self.initiator.service_trust.unpair(self.use_case, base_url=base_url, force=force)
        except ServerError as error:
            if force:
                raise
            error.hint = f"If '{self.initiator.name}' cannot reach {base_url} for good, set force=True and try again."
            raise
        except Unreachable as error:
            self._tolerate(error, force=force)

    def _revoke(self, token_id: str, *, force: bool) -> None:
        try:
            self.issuer.access.revoke_token(token_id)
        except Unreachable as error:
            self._tolerate(error, force=force)

    def _tolerate(self, error: Unreachable, *, force: bool) -> None:
        if not force:
            raise error
        logger.warning("end the trust %s by force: %s", self, error)


def _worth_another_token(error: JpdError) -> bool:
    """Whether a fresh token may help: the first expired, was used up by a race, or got lost on the way."""
    return isinstance(error, FateUnknown | ServerError) or (isinstance(error, ApiError) and error.status == 400)


def _iso(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="seconds")
