"""Whether a federation's members are in sync, by whichever engine a deployment runs."""

from __future__ import annotations

import logging

from jpd_provider.client.federation_status import MirrorStatus
from jpd_provider.client.jpd import Jpd

from . import members

__all__ = ["of_mirror", "wait"]

logger = logging.getLogger(__name__)


def of_mirror(hub: Jpd, key: str, url: str) -> MirrorStatus | None:
    """How far the member at `url` is behind, as the hub says; None: the hub does not speak of it."""
    return next((status for status in hub.federation_status.of(key) if members.same_url(status.url, url)), None)


def wait(hub: Jpd, key: str, url: str, *, seconds: float) -> None:
    """Wait until the member is in sync, at most so long; when the time is up, say how far it is and go on."""

    def probe() -> MirrorStatus | None:
        status = of_mirror(hub, key, url)
        if status is not None and not status.in_sync:
            logger.info("%s: %s is %s, %d events to go", hub.name, url, status.status, status.pending_events)
        return status

    last = hub.http.wait_until(probe, lambda status: status is not None and status.in_sync, seconds=seconds)
    if last is None or not last.in_sync:
        state = f"{last.status} with {last.pending_events} events to go" if last is not None else "not known yet"
        logger.warning(
            "%s: after %d seconds %s is %s; it goes on by itself, `get_federation_status` shows how far it is",
            hub.name,
            seconds,
            url,
            state,
        )
