"""Version rules: each border of the advisory's table, from both sides."""

import pytest

from jpd_provider.preflight import versions

# Contract trust 1.4, written down a second time on purpose.
TABLE = [
    ("7.117.0", "7.117.28"),
    ("7.125.0", "7.125.20"),
    ("7.133.0", "7.133.29"),
    ("7.146.0", "7.146.38"),
    ("7.161.0", "7.161.20"),
]


@pytest.mark.parametrize(("first", "repaired"), TABLE)
def test_the_advisory_concerns_a_branch_up_to_its_repair(first: str, repaired: str) -> None:
    major, minor, patch = repaired.split(".")
    last = f"{major}.{minor}.{int(patch) - 1}"

    assert versions.advisory(first) == versions.advisory(last) == f"CVE-2026-82329, repaired in {repaired}"
    assert versions.advisory(repaired) is None


@pytest.mark.parametrize("version", ["1.0.0", "7.29.7", "7.111.4", "7.111.20"])
def test_the_advisory_concerns_everything_below_the_first_repair(version: str) -> None:
    assert versions.advisory(version) == "CVE-2026-82329, repaired in 7.111.21"


@pytest.mark.parametrize("version", ["7.111.21", "7.116.9", "7.118.0", "7.162.0", "8.0.0"])
def test_the_advisory_concerns_nothing_between_the_branches(version: str) -> None:
    assert versions.advisory(version) is None


@pytest.mark.parametrize(
    ("version", "enough"), [("7.29.6", False), ("7.29.7", True), ("7.29.7_hotfix1", True), ("7.104.2", True)]
)
def test_pairing_needs_its_version(version: str, enough: bool) -> None:
    assert versions.at_least(version, versions.PAIRING) is enough


@pytest.mark.parametrize("version", ["", "nightly", "7.x"])
def test_a_version_that_cannot_be_read_is_no_reason_to_stop(version: str) -> None:
    assert versions.at_least(version, versions.PAIRING)
    assert versions.advisory(version) is None
    assert not versions.loses_joined_jpds(version)


@pytest.mark.parametrize(
    ("version", "loses"), [("7.59.8", False), ("7.59.9", True), ("7.63.7", True), ("7.63.8", False)]
)
def test_a_join_key_does_not_last_in_some_versions(version: str, loses: bool) -> None:
    assert versions.loses_joined_jpds(version) is loses
