"""Dates in HTTP headers (RFC 9110, 5.6.7)."""

from __future__ import annotations

import datetime
import email.utils

__all__ = ["clock_offset", "seconds_from_now"]


def clock_offset(date: str, *, before: datetime.timedelta) -> datetime.timedelta:
    """How far the clock that wrote a `Date` header is ahead of ours; `before` where the header says nothing."""
    try:
        theirs = _parse(date)
    except ValueError:
        return before
    offset = theirs - datetime.datetime.now(tz=datetime.timezone.utc)
    # The header counts whole seconds: within two of them the clocks agree.
    return offset if abs(offset) > datetime.timedelta(seconds=2) else datetime.timedelta(0)


def seconds_from_now(value: str) -> float | None:
    """A `Retry-After` header in seconds; it holds a number or a date (RFC 9110, 10.2.3)."""
    if value.isdecimal():
        return float(value)
    try:
        moment = _parse(value)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.datetime.now(tz=datetime.timezone.utc)).total_seconds())


def _parse(value: str) -> datetime.datetime:
    moment = email.utils.parsedate_to_datetime(value)
    # The zone "-0000" parses to a moment without one; HTTP dates are UTC.
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)
