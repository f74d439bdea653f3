"""The example `trust-only` under the real engine: the table, two years, a revocation, and no token anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e import sites
from e2e.conftest import NewProject
from e2e.project import NO_CHANGES_EXPECTED, PulumiProject
from e2e.sites import Sites

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "trust-only"
TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.")
DAY = 86_400


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Sites]:
    with sites.running(("eu", "us", "ap"), tmp_path) as running:
        yield running


@pytest.fixture
def project(world: Sites, project_of_folder: NewProject) -> PulumiProject:
    # --event-log is one of the CLI's commands for debugging.
    project = project_of_folder(EXAMPLE, env={"PULUMI_DEBUG_COMMANDS": "true"})
    world.configure(project)
    return project


def test_the_table_says_who_may_use_whom_until_when(world: Sites, project: PulumiProject) -> None:
    project.up("--skip-preview")
    titles, *rows = project.run("stack", "output", "trust").stdout.splitlines()

    assert titles.split() == ["WHO", "MAY", "USE", "UNTIL"]
    assert [row.split()[:2] for row in rows] == [
        ["ap", "eu"],
        ["ap", "us"],
        ["eu", "ap"],
        ["eu", "us"],
        ["us", "ap"],
        ["us", "eu"],
    ]
    assert all(re.search(r"\d{4}-\d\d-\d\dT[\d:]{8}\+00:00$", row) for row in rows)
    assert project.run("stack", "output", "first_end").stdout.strip() in {row.split()[2] for row in rows}
    assert len(world.pairings()) == 6
    project.destroy("--skip-preview")
    assert world.pairings() == []


def test_a_year_passes_and_the_program_keeps_the_trust_alive(world: Sites, project: PulumiProject) -> None:
    project.up("--skip-preview")
    project.preview("--refresh", "--expect-no-changes")

    world.control.advance_clock(340 * DAY)
    warned = project.preview("--refresh", "--diff", "--expect-no-changes", expect=NO_CHANGES_EXPECTED)
    project.up("--skip-preview", "--refresh")
    project.preview("--refresh", "--expect-no-changes")
    world.control.advance_clock(340 * DAY)
    after_two_years = project.preview("--refresh", "--diff", expect=0)

    assert re.search(r"eu: pairing with us expires in 2[45] days, renewed from 30 on", warned.output)
    assert "expires in 2" in after_two_years.output
    assert "expired" not in after_two_years.output


def test_a_revoked_token_is_named_and_paired_again(world: Sites, project: PulumiProject) -> None:
    project.up("--skip-preview")
    masters = world["us"].get("/access/api/v1/tokens").json()["tokens"]
    for token in masters:
        if "internal:federated-repo/*" in token["scope"]:
            world["us"].delete(f"/access/api/v1/tokens/{token['token_id']}").raise_for_status()

    drifted = project.preview("--refresh", "--diff", "--expect-no-changes", expect=NO_CHANGES_EXPECTED)
    project.up("--skip-preview", "--refresh")
    project.preview("--refresh", "--expect-no-changes")

    assert "us: the master token of eu was revoked" in drifted.output


def test_the_preview_warns_of_a_version_that_an_advisory_names(world: Sites, project: PulumiProject) -> None:
    world.control.change_profile("ap", version="7.125.0")

    warned = project.preview()

    assert "'ap' is version 7.125.0, which is affected by CVE-2026-82329, repaired in 7.125.20" in warned.output


def test_the_preview_refuses_clocks_that_are_90_seconds_apart(world: Sites, project: PulumiProject) -> None:
    world.control.offset_clock("us", 90)

    refused = project.preview(expect=None)

    assert refused.exit_code != 0
    assert "seconds apart. Synchronise the clocks (NTP)." in refused.output
    assert world.pairings() == []


def test_no_token_is_in_state_output_or_events(world: Sites, project: PulumiProject) -> None:
    events = project.root / "events.json"
    before = project.preview("--json")
    applied = project.up("--skip-preview", "--diff", "--event-log", str(events))
    seen = before.output + applied.output + events.read_text() + project.export()

    assert len(seen) > 10_000
    assert not [token for token in world.tokens if token in seen]
    assert not TOKEN.search(seen)
