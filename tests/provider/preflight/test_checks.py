"""The catalogue of checks, and what each makes of facts."""

import dataclasses
import datetime
from typing import Any

import pytest

from jpd_provider import resources
from jpd_provider.client.system import Binding
from jpd_provider.errors import NotFound, SettingsError, Unauthorized, Unreachable
from jpd_provider.preflight import CHECKS, Facts, Finding, Severity, explained

EU = Facts(
    "eu",
    "https://eu.example.com",
    "the environment",
    administrator=True,
    version="7.200.0",
    service_id="jfrt@eu",
    base_url="https://eu.example.com",
    clock_offset_seconds=0.0,
    mission_control=True,
)
US = dataclasses.replace(
    EU, deployment="us", url="https://us.example.com", service_id="jfrt@us", base_url="https://us.example.com"
)
JOIN_KEY = "0123456789abcdef" * 2


def refused(kind: type[Any], status: int = 401) -> Any:
    return kind("refused.", deployment="eu", status=status, body_excerpt="no")


def found(one: Facts, other: Facts | None = None) -> list[Finding]:
    """All findings of one deployment, or of two together."""
    if other is None:
        return [finding for check in CHECKS for finding in check.of_one(check, one)]
    return [finding for check in CHECKS for finding in check.of_pair(check, one, other)]


def test_the_names_are_unique_and_the_rows_in_order() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert [check.row for check in CHECKS] == sorted(check.row for check in CHECKS)


def test_every_row_of_the_contract_that_is_a_check_has_an_entry() -> None:
    assert {check.row for check in CHECKS} == {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13}


def test_each_entry_says_what_why_and_how_to_repair_it() -> None:
    for check in CHECKS:
        assert all(text.endswith(".") for text in (check.what, check.why, check.fix)), check.name


def test_guarded_resources_exist() -> None:
    assert {kind for check in CHECKS for kind in check.guards} <= set(resources.REGISTRY)


def test_nothing_is_found_where_all_is_well() -> None:
    assert found(EU) == found(EU, US) == []


def test_what_is_not_known_is_no_finding() -> None:
    nobody = Facts("eu", "https://eu.example.com", "the environment")

    assert found(nobody) == found(nobody, nobody) == []


@pytest.mark.parametrize(
    ("facts", "check", "severity"),
    [
        ({"base_url": ""}, "base-url", Severity.FAILURE),
        ({"base_url": "eu.example.com"}, "base-url", Severity.FAILURE),
        ({"base_url": "https://eu.example.com/artifactory"}, "base-url", Severity.FAILURE),
        ({"base_url": "https://eu.example.com//x"}, "base-url", Severity.FAILURE),
        ({"faults": {"artifactory": Unreachable("down.", deployment="eu")}}, "reachable", Severity.UNKNOWN),
        ({"faults": {"access": refused(NotFound, 404)}}, "reachable", Severity.FAILURE),
        ({"faults": {"version": Unreachable("cut.", deployment="eu")}}, "reachable", Severity.UNKNOWN),
        ({"faults": {"administrator": refused(Unauthorized)}}, "administrator", Severity.FAILURE),
        ({"faults": {"administrator": SettingsError("no credential.")}}, "administrator", Severity.FAILURE),
        ({"faults": {"administrator": Unreachable("cut.", deployment="eu")}}, "administrator", Severity.UNKNOWN),
        ({"administrator": False}, "administrator", Severity.FAILURE),
        ({"version": "7.29.6"}, "pairing-version", Severity.FAILURE),
        ({"version": "7.18.2"}, "federation-version", Severity.FAILURE),
        ({"version": "7.161.0"}, "advisory", Severity.WARNING),
        ({"clock_offset_seconds": -31.0}, "clock", Severity.WARNING),
        ({"mission_control": False}, "mission-control", Severity.FAILURE),
        ({"faults": {"mission_control": Unreachable("cut.", deployment="eu")}}, "mission-control", Severity.UNKNOWN),
    ],
)
def test_a_fault_of_one_deployment(facts: dict[str, Any], check: str, severity: Severity) -> None:
    findings = found(dataclasses.replace(EU, **facts))

    assert (check, severity) in [(finding.check, finding.severity) for finding in findings]
    assert all(finding.deployments == ("eu",) for finding in findings)


@pytest.mark.parametrize(
    ("facts", "check", "severity"),
    [
        ({"service_id": "jfrt@eu"}, "different", Severity.FAILURE),
        ({"base_url": "https://eu.example.com"}, "different", Severity.FAILURE),
        ({"clock_offset_seconds": 61.0}, "clock", Severity.FAILURE),
        ({"clock_offset_seconds": 60.0}, "clock", Severity.WARNING),
        ({"clock_offset_seconds": -31.0}, "clock", Severity.WARNING),
        ({"version": "7.49.5"}, "same-version", Severity.WARNING),
    ],
)
def test_a_fault_between_two_deployments(facts: dict[str, Any], check: str, severity: Severity) -> None:
    [finding] = found(EU, dataclasses.replace(US, **facts))

    assert (finding.check, finding.severity, finding.deployments) == (check, severity, ("eu", "us"))


def test_clocks_half_a_minute_apart_are_fine() -> None:
    assert found(EU, dataclasses.replace(US, clock_offset_seconds=30.0)) == []


def test_versions_from_7_49_6_on_may_differ() -> None:
    assert found(EU, dataclasses.replace(US, version="7.49.6")) == []


@pytest.mark.parametrize(("days", "said"), [(29, "expires in 28 days"), (-1, "has expired")])
def test_a_pairing_that_ends_soon(days: int, said: str) -> None:
    end = datetime.datetime.now(tz=datetime.timezone.utc) + datetime.timedelta(days=days)
    binding = Binding(base_url="https://us.example.com", scope="", token_id="t", refreshed_at=end, expires_at=end)

    [finding] = found(dataclasses.replace(EU, bindings=(binding,)))

    assert (finding.check, finding.severity) == ("expiry", Severity.WARNING)
    assert said in finding.text


def test_a_pairing_token_has_to_name_the_configured_address() -> None:
    check = explained("token-base-url")

    assert list(check.of_token(check, EU, "https://eu.example.com/")) == []
    [finding] = check.of_token(check, EU, "https://proxy.example.com")
    assert finding.severity is Severity.FAILURE


@pytest.mark.parametrize("key", ["", "E" * 32, "abc", "83da88ea" + "0" * 24])
def test_a_join_key_that_is_none_is_refused_and_not_shown(key: str) -> None:
    check = explained("join-key")

    [finding] = check.of_join_key(check, EU, key)

    assert not key or key not in str(finding)


def test_a_join_key_is_fine_in_a_version_where_it_lasts() -> None:
    assert [one for check in CHECKS for one in check.of_join_key(check, EU, JOIN_KEY)] == []
