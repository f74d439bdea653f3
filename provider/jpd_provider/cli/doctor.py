"""`jpd doctor`: asks every deployment what the preflight asks, and says what would not work.

Exit codes: 0 nothing failing (warnings do not count), 2 a failure or a deployment that could not be asked, 1 the
command itself could not run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from jpd_provider import preflight, redaction
from jpd_provider.client.jpd import Jpds
from jpd_provider.preflight import CHECKS, Check, Facts, Finding, Severity

from . import configuration

__all__ = ["doctor"]

_FINDINGS = 2

_WORDS = {True: "yes", False: "no", None: "?"}

_TITLES = ("DEPLOYMENT", "URL", "VERSION", "ADMIN", "CLOCK", "MISSION CONTROL", "BASE URL", "CREDENTIAL")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--checks", is_flag=True, help="Print what is checked, why, and how to repair it; asks nobody.")
@configuration.options
def doctor(*, as_json: bool, checks: bool, stack: str | None, cwd: Path, config: Path | None) -> None:
    """Check every deployment: reachable, administrator, version, clock, base URL, pairings.

    Asks all deployments of a stack at once and changes nothing. The table says which source each credential came from.
    Exit code 0: nothing fails; 2: something does, or a deployment could not be asked.
    """
    if checks:
        _say("\n\n".join(_explanation(check) for check in CHECKS))
        return
    settings = configuration.settings(stack, cwd, config)
    jpds = Jpds(settings)
    try:
        facts, findings = preflight.Preflight(jpds).report()
    finally:
        jpds.close()
    _say(_as_json(facts, findings) if as_json else _as_table(facts, findings))
    if any(finding.severity is not Severity.WARNING for finding in findings):
        sys.exit(_FINDINGS)


def _as_table(facts: Sequence[Facts], findings: Sequence[Finding]) -> str:
    rows = [_TITLES, *(_row(each) for each in facts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", *_listed(findings)])


def _listed(findings: Sequence[Finding]) -> Iterable[str]:
    if not findings:
        yield "Nothing to report."
    for severity in Severity:
        for finding in findings:
            if finding.severity is severity:
                yield f"{severity.value.upper()} [{finding.check}] {finding}"


def _row(facts: Facts) -> tuple[str, ...]:
    return (
        facts.deployment,
        facts.url,
        facts.version or "?",
        _WORDS[facts.administrator],
        "?" if facts.clock_offset_seconds is None else f"{facts.clock_offset_seconds:+.0f} s",
        _WORDS[facts.mission_control],
        "?" if facts.base_url is None else facts.base_url or "none",
        facts.credential or "none",
    )


def _as_json(facts: Sequence[Facts], findings: Sequence[Finding]) -> str:
    return json.dumps(
        {
            "deployments": [
                {
                    "name": each.deployment,
                    "url": each.url,
                    "version": each.version,
                    "administrator": each.administrator,
                    "clockOffsetSeconds": each.clock_offset_seconds,
                    "missionControl": each.mission_control,
                    "baseUrl": each.base_url,
                    "serviceId": each.service_id,
                    "credential": each.credential,
                }
                for each in facts
            ],
            "findings": [
                {
                    "check": finding.check,
                    "severity": finding.severity.value,
                    "deployments": list(finding.deployments),
                    "text": finding.text,
                    "fix": finding.fix,
                }
                for finding in findings
            ],
        },
        indent=2,
    )


def _explanation(check: Check) -> str:
    guarded = ", ".join(sorted(check.guards)) or "nothing; it is a warning"
    lines = (f"  why: {check.why}", f"  fix: {check.fix}", f"  guards: {guarded}")
    return "\n".join([f"{check.name}: {check.what}", *lines])


def _say(text: str) -> None:
    click.echo(redaction.redact(text))
