"""The catalogue: what is checked, why, how to repair it, and which resources it guards. Rows of contract/trust 7.2.

Rule 1: a check looks at facts and asks nobody; what is not known is no finding of it.
Rule 2: a check is here and nowhere else. Resources, the preview and `jpd doctor` all read this list.

Rows 11 (a pairing token is used at once) and 12 (the order of deletion) are habits of the resources, not checks.
"""

from __future__ import annotations

import dataclasses
import datetime
import urllib.parse
from collections.abc import Callable, Iterator

from jpd_provider.errors import JpdError, NotFound, SettingsError, Unauthorized
from jpd_provider.systemyaml import join_rules

from . import versions
from .facts import Facts
from .findings import Finding, Severity

__all__ = ["CHECKS", "RENEWAL_DAYS", "Check", "explained"]

CLOCK_WARNING_SECONDS = 30
CLOCK_FAILURE_SECONDS = 60
"""Access accepts tokens from up to a minute in the future (trust 4.2); half of it is our choice for a warning."""

RENEWAL_DAYS = 30

_TRUST = frozenset({"BindingToken", "DeploymentRegistration", "CircleOfTrust"})
_FEDERATION = frozenset({"FederatedRepository", "FederationMember"})


def _nothing(*_arguments: object) -> Iterator[Finding]:
    return iter(())


@dataclasses.dataclass(frozen=True, kw_only=True)
class Check:
    """One entry. The judges yield findings: of one deployment, of two, of a pairing token's base URL, of a join key."""

    name: str
    row: int
    what: str
    why: str
    fix: str

    guards: frozenset[str]
    """Resources that are refused when it fails; for others it is a warning at most."""

    field: str = ""
    """The input that names the deployment which it concerns; "": all deployments."""

    of_one: Callable[[Check, Facts], Iterator[Finding]] = _nothing
    of_pair: Callable[[Check, Facts, Facts], Iterator[Finding]] = _nothing
    of_token: Callable[[Check, Facts, str], Iterator[Finding]] = _nothing
    of_join_key: Callable[[Check, Facts, str], Iterator[Finding]] = _nothing

    def found(self, severity: Severity, *facts: Facts, text: str) -> Finding:
        """A finding of this check."""
        return Finding(self.name, severity, tuple(each.deployment for each in facts), text, self.fix)

    def unknown(self, facts: Facts, error: JpdError) -> Finding:
        """A question that was not answered."""
        return Finding(self.name, Severity.UNKNOWN, (facts.deployment,), error.message, error.hint, error)


def _url(check: Check, facts: Facts) -> Iterator[Finding]:
    if facts.base_url == "":
        yield check.found(
            Severity.FAILURE, facts, text=f"'{facts.deployment}' has no base URL, so nobody can be told where it is."
        )
    elif facts.base_url is not None:
        parts = urllib.parse.urlsplit(facts.base_url)
        if parts.scheme not in ("http", "https") or "//" in parts.path or parts.path.endswith("/artifactory"):
            text = f"the base URL of '{facts.deployment}' is {facts.base_url}, which others cannot use."
            yield check.found(Severity.FAILURE, facts, text=text)


def _join_key(check: Check, facts: Facts, join_key: str) -> Iterator[Finding]:
    fault = join_rules.join_key_fault(join_key)
    if fault:
        yield check.found(Severity.FAILURE, facts, text=f"the join key of '{facts.deployment}': {fault}.")


def _reachable(check: Check, facts: Facts) -> Iterator[Finding]:
    for question in ("artifactory", "access", "version", "service_id", "configuration"):
        error = facts.faults.get(question)
        if isinstance(error, NotFound) and question in ("artifactory", "access"):
            text = f"'{facts.deployment}' has no {question.capitalize()} at {facts.url}."
            yield check.found(Severity.FAILURE, facts, text=text)
        elif error is not None and not isinstance(error, Unauthorized):  # the next check explains those
            yield check.unknown(facts, error)


def _administrator(check: Check, facts: Facts) -> Iterator[Finding]:
    error = facts.faults.get("administrator")
    if isinstance(error, Unauthorized):
        refused = f"it answered {error.status}: {error.body_excerpt.rstrip('.')}"
        text = f"'{facts.deployment}' does not accept the credential from {facts.credential}: {refused}."
        yield check.found(Severity.FAILURE, facts, text=text)
    elif isinstance(error, SettingsError):
        yield Finding(check.name, Severity.FAILURE, (facts.deployment,), error.message, error.hint, error)
    elif error is not None:
        yield check.unknown(facts, error)
    elif facts.administrator is False:
        text = f"the credential of '{facts.deployment}' from {facts.credential} is not a platform administrator's."
        yield check.found(Severity.FAILURE, facts, text=text)


def _pairing_version(check: Check, facts: Facts) -> Iterator[Finding]:
    if facts.version and not versions.at_least(facts.version, versions.PAIRING):
        text = f"'{facts.deployment}' is version {facts.version}; pairing needs {versions.PAIRING} or later."
        yield check.found(Severity.FAILURE, facts, text=text)


def _federation_version(check: Check, facts: Facts) -> Iterator[Finding]:
    if facts.version and not versions.at_least(facts.version, versions.FEDERATION):
        text = f"'{facts.deployment}' is version {facts.version}; federation needs {versions.FEDERATION} or later."
        yield check.found(Severity.FAILURE, facts, text=text)


def _same_versions(check: Check, one: Facts, other: Facts) -> Iterator[Finding]:
    if not (one.version and other.version) or one.version == other.version:
        return
    if not all(versions.at_least(facts.version or "", versions.SAME_VERSIONS) for facts in (one, other)):
        text = (
            f"'{one.deployment}' is version {one.version} and '{other.deployment}' {other.version}; before "
            f"{versions.SAME_VERSIONS} members of a federation need the same version."
        )
        yield check.found(Severity.WARNING, one, other, text=text)


def _advisory(check: Check, facts: Facts) -> Iterator[Finding]:
    advisory = versions.advisory(facts.version) if facts.version else None
    if advisory:
        text = f"'{facts.deployment}' is version {facts.version}, which is affected by {advisory}."
        yield check.found(Severity.WARNING, facts, text=text)


def _join_key_version(check: Check, facts: Facts, _join_key: str) -> Iterator[Finding]:
    if facts.version and versions.loses_joined_jpds(facts.version):
        text = (
            f"'{facts.deployment}' is version {facts.version}: a JPD that is registered with a join key goes offline "
            "there after a while."
        )
        yield check.found(Severity.FAILURE, facts, text=text)


def _different(check: Check, one: Facts, other: Facts) -> Iterator[Finding]:
    if one.service_id and one.service_id == other.service_id:
        text = f"'{one.deployment}' and '{other.deployment}' are the same JPD ({one.service_id})."
        yield check.found(Severity.FAILURE, one, other, text=text)
    elif one.base_url and one.base_url == other.base_url:
        text = f"'{one.deployment}' and '{other.deployment}' both say that they are reachable at {one.base_url}."
        yield check.found(Severity.FAILURE, one, other, text=text)


def _base_url(check: Check, facts: Facts, stated: str) -> Iterator[Finding]:
    if facts.base_url is not None and stated.rstrip("/") != facts.base_url:
        text = (
            f"a pairing token of '{facts.deployment}' says that it is reachable at {stated}, its configuration says "
            f"{facts.base_url or 'nothing'}."
        )
        yield check.found(Severity.FAILURE, facts, text=text)


def _clock(check: Check, facts: Facts) -> Iterator[Finding]:
    offset = facts.clock_offset_seconds
    if offset is not None and abs(offset) > CLOCK_WARNING_SECONDS:
        text = f"the clock of '{facts.deployment}' is {_apart(offset)} {_side(offset)} this machine's."
        yield check.found(Severity.WARNING, facts, text=text)


def _clocks(check: Check, one: Facts, other: Facts) -> Iterator[Finding]:
    if one.clock_offset_seconds is None or other.clock_offset_seconds is None:
        return
    apart = abs(one.clock_offset_seconds - other.clock_offset_seconds)
    if apart > CLOCK_WARNING_SECONDS:
        severity = Severity.FAILURE if apart > CLOCK_FAILURE_SECONDS else Severity.WARNING
        text = f"the clocks of '{one.deployment}' and '{other.deployment}' are {_apart(apart)} apart."
        yield check.found(severity, one, other, text=text)


def _mission_control(check: Check, facts: Facts) -> Iterator[Finding]:
    if facts.mission_control is False:
        text = f"'{facts.deployment}' has no Mission Control."
        yield check.found(Severity.FAILURE, facts, text=text)
    elif (error := facts.faults.get("mission_control")) is not None:
        yield check.unknown(facts, error)


def _expiry(check: Check, facts: Facts) -> Iterator[Finding]:
    now = datetime.datetime.now(tz=datetime.timezone.utc)
    now += datetime.timedelta(seconds=facts.clock_offset_seconds or 0)
    for binding in facts.bindings:
        left = binding.expires_at - now
        if left < datetime.timedelta(days=RENEWAL_DAYS):
            ends = "has expired" if left <= datetime.timedelta(0) else f"expires in {left.days} days"
            text = f"the pairing of '{facts.deployment}' with {binding.base_url} {ends}."
            yield check.found(Severity.WARNING, facts, text=text)


def _apart(seconds: float) -> str:
    seconds = abs(round(seconds))
    return f"{seconds} seconds" if seconds < 600 else str(datetime.timedelta(seconds=seconds))


def _side(offset: float) -> str:
    return "ahead of" if offset > 0 else "behind"


CHECKS: tuple[Check, ...] = (
    Check(
        name="base-url",
        row=1,
        what="The base URL is set, has a scheme, no /artifactory and no double slash.",
        why="It stands in pairing tokens and member lists; the other JPDs call it.",
        fix="Set it under Administration > General > Base URL, for example https://eu.example.com.",
        guards=_TRUST,
        of_one=_url,
    ),
    Check(
        name="join-key",
        row=2,
        what="The join key is the hex text of an AES key, and not a sample.",
        why="A published or truncated key opens the JPD to others, or to nobody.",
        fix="Copy it from the target: Administration > Security > General > Connection Details.",
        guards=frozenset({"DeploymentRegistration"}),
        of_join_key=_join_key,
    ),
    Check(
        name="reachable",
        row=3,
        what="Artifactory and Access answer a ping.",
        why="Everything else is asked over the same way.",
        fix="Check the deployment's url; the platform listens on port 8082, not 8081.",
        guards=_TRUST,
        of_one=_reachable,
    ),
    Check(
        name="administrator",
        row=4,
        what="The credential is accepted and is a platform administrator's.",
        why="Pairing, registration and certificates are for administrators.",
        fix="Give the deployment an administrator's token; `jpd doctor` says which source wins.",
        guards=_TRUST,
        of_one=_administrator,
    ),
    Check(
        name="pairing-version",
        row=5,
        what=f"The version is {versions.PAIRING} or later.",
        why="Older ones have no pairing tokens.",
        fix="Upgrade that JPD.",
        guards=frozenset({"BindingToken", "DeploymentRegistration"}),
        of_one=_pairing_version,
    ),
    Check(
        name="federation-version",
        row=5,
        what=f"The version is {versions.FEDERATION} or later.",
        why="Older ones have no federated repositories.",
        fix="Upgrade that JPD.",
        guards=_FEDERATION,
        of_one=_federation_version,
    ),
    Check(
        name="same-version",
        row=5,
        what=f"Versions are equal where one is below {versions.SAME_VERSIONS}.",
        why="Before that version a federation works between equal versions only.",
        fix="Upgrade the older one.",
        guards=frozenset({"BindingToken", "FederationMember"}),
        of_pair=_same_versions,
    ),
    Check(
        name="advisory",
        row=5,
        what="No published advisory concerns the version.",
        why="CVE-2026-82329 lets strangers join a JPD (contract/trust 1.4).",
        fix="Upgrade that JPD.",
        guards=frozenset(),
        of_one=_advisory,
    ),
    Check(
        name="join-key-version",
        row=5,
        what="No JPD is registered with a join key in 7.59.9 to 7.63.7.",
        why="Mission Control takes it for stale there and drops it.",
        fix="Leave join_key out: the registration then uses a pairing token.",
        guards=frozenset({"DeploymentRegistration"}),
        of_join_key=_join_key_version,
    ),
    Check(
        name="different",
        row=6,
        what="Two deployments are two JPDs: service ids and base URLs differ.",
        why="A JPD does not pair with itself, and two with one address cannot be told apart.",
        fix="Check the urls of the two deployments and the base URL of each.",
        guards=_TRUST,
        of_pair=_different,
    ),
    Check(
        name="token-base-url",
        row=7,
        what="A fresh pairing token names the base URL that the issuer is configured with.",
        why="The other side calls the address in the token; a wrong one fails late and unclearly.",
        fix="Correct the base URL of that JPD or the forwarding headers of the reverse proxy in front of it.",
        guards=frozenset({"BindingToken", "DeploymentRegistration"}),
        of_token=_base_url,
    ),
    Check(
        name="clock",
        row=8,
        what=f"Clocks agree within {CLOCK_WARNING_SECONDS} seconds; {CLOCK_FAILURE_SECONDS} between two is the limit.",
        why="Tokens carry times; Access refuses those that come from more than a minute ahead.",
        fix="Synchronise the clocks (NTP).",
        guards=_TRUST,
        of_one=_clock,
        of_pair=_clocks,
    ),
    Check(
        name="peer-reachable",
        row=9,
        what="One Access reaches the other and is believed (validate_server).",
        why="Whether two JPDs reach each other cannot be seen from here; they are asked to try.",
        fix="Check network, proxy and TLS between the two JPDs, and that the certificate arrived.",
        guards=frozenset({"CircleOfTrust"}),
    ),
    Check(
        name="mission-control",
        row=10,
        what="Mission Control answers on the home deployment.",
        why="It keeps the registry.",
        fix="Set mc.enabled: true in system.yaml of that JPD (Enterprise X or Enterprise+).",
        guards=frozenset({"DeploymentRegistration"}),
        field="home",
        of_one=_mission_control,
    ),
    Check(
        name="expiry",
        row=13,
        what=f"No pairing ends within {RENEWAL_DAYS} days.",
        why="Outside Mission Control nobody renews a master token, and federation stops with it.",
        fix="Run `pulumi up --refresh` where a BindingToken declares it.",
        guards=frozenset(),
        of_one=_expiry,
    ),
)
"""In the order of the contract's rows: what comes first is cheaper, and explains what follows."""


def explained(name: str) -> Check:
    """The entry of that name, for a resource that meets the fault while it works."""
    return next(check for check in CHECKS if check.name == name)
