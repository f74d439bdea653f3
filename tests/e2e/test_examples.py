"""Each example under the real engine: its story, no drift, drift that is named and repaired, and its end.

An example says in `EXPECT_*` constants of its program what is to be seen; they are read, not executed. What people do
meanwhile, with the stack and behind its back, is the example's story here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from e2e import sites
from e2e.project import NO_CHANGES_EXPECTED, PulumiProject
from e2e.sites import Sites

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MARKERS = {"EXPECT_SITES", "EXPECT_CREATED", "EXPECT_DRIFT", "EXPECT_LEFT"}

Act = Callable[[Sites, PulumiProject], None]


def _nothing(_sites: Sites, _project: PulumiProject) -> None:
    """For the chapters that an example does not have."""


@dataclass(frozen=True)
class Story:
    """What happens around an example's program."""

    drift: Act
    """Behind our back; the next preview shows EXPECT_DRIFT."""

    plot: Act
    """After the first `up`; the last `up` of it ends where the program is again as it was."""

    before: Act = _nothing
    """Before the first `up`."""

    end: Act = _nothing
    """Right before `destroy`."""

    after: Act = _nothing
    """When all is destroyed."""


def _two_sites_exchange_artifacts(world: Sites, _project: PulumiProject) -> None:
    world.deploy("eu", "libs-release/a/1/a-1.jar")
    world.deploy("us", "libs-release/b/1/b-1.jar")

    assert world.holds("us", "libs-release/a/1/a-1.jar")
    assert world.holds("eu", "libs-release/b/1/b-1.jar")
    assert world.read("eu", "libs-release")["environments"] == ["DEV"]
    assert world.read("us", "libs-release")["environments"] == ["PROD"]


def _what_holds_artifacts_is_not_deleted(world: Sites, project: PulumiProject) -> None:
    refused = project.destroy("--skip-preview", expect=1)
    assert "delete repository 'libs-release' on deployment 'eu': it holds 2 artifacts" in refused.output
    world.delete("eu", "libs-release/a/1/a-1.jar")
    world.delete("eu", "libs-release/b/1/b-1.jar")


def _the_site_that_left_kept_its_artifacts(world: Sites, _project: PulumiProject) -> None:
    assert world.holds("us", "libs-release/a/1/a-1.jar")
    assert world.holds("us", "libs-release/b/1/b-1.jar")


def _every_site_lists_every_other(world: Sites, _project: PulumiProject) -> None:
    for key in ("docker-local", "npm-local", "pypi-local", "team-downloads"):
        urls = {world.url(name, key) for name in ("eu", "us", "ap")}
        assert all(set(world.members(name, key)) == urls for name in ("eu", "us", "ap")), key
    assert world.read("ap", "team-downloads")["xrayIndex"] is True
    assert world.read("us", "team-downloads")["xrayIndex"] is False
    world.deploy("ap", "team-downloads/releases/tool.bin")
    assert world.holds("eu", "team-downloads/releases/tool.bin")
    world.delete("ap", "team-downloads/releases/tool.bin")


def _spokes_exchange_with_the_hub_alone(world: Sites, _project: PulumiProject) -> None:
    world.deploy("plant-a", "builds/a.bin")
    world.deploy("hq", "builds-plant-b/b.bin")

    assert world.holds("hq", "builds-plant-a/a.bin")
    assert world.holds("plant-b", "builds/b.bin")
    assert not world.holds("plant-b", "builds/a.bin")
    assert len(world.pairings()) == 4, "two pairings, each seen from both ends"


def _the_hub_is_emptied(world: Sites, _project: PulumiProject) -> None:
    world.delete("hq", "builds-plant-a/a.bin")
    world.delete("hq", "builds-plant-b/b.bin")


def _two_archives_exist(world: Sites, _project: PulumiProject) -> None:
    for name in ("eu", "us"):
        world.create(name, "archive", rclass="local")
        world.deploy(name, f"archive/from-{name}.txt")


def _both_archives_hold_everything(world: Sites, _project: PulumiProject) -> None:
    world.settle()
    for name in ("eu", "us"):
        assert world.holds(name, "archive/from-eu.txt"), name
        assert world.holds(name, "archive/from-us.txt"), name


def _both_archives_are_local_again(world: Sites, project: PulumiProject) -> None:
    assert {world.read(name, "archive")["rclass"] for name in ("eu", "us")} == {"local"}
    _both_archives_hold_everything(world, project)


def _us_is_paused_and_catches_up(world: Sites, project: PulumiProject) -> None:
    project.set_config("maintained", "us")
    project.up("--skip-preview")
    world.deploy("eu", "nightly/1.bin")
    assert not world.holds("us", "nightly/1.bin")
    project.preview("--refresh", "--expect-no-changes")

    project.run("config", "rm", "maintained")
    project.up("--skip-preview")
    world.settle()
    assert world.holds("us", "nightly/1.bin")


def _ap_leaves(world: Sites, project: PulumiProject) -> None:
    for place, name in enumerate(("eu", "us", "ap")):
        project.run("config", "set", "--path", f"sites[{place}]", name)
    world.deploy("eu", "models/shared.bin")
    project.run("config", "rm", "--path", "sites[2]")
    project.up("--skip-preview")

    world.deploy("eu", "models/later.bin")
    assert world.holds("ap", "models/shared.bin")
    assert not world.holds("ap", "models/later.bin")
    assert set(world.members("ap", "models")) == {world.url("ap", "models")}
    assert len(world.pairings()) == 2, "only eu and us trust each other, each seen from its own end"


def _the_models_of_eu_are_deleted(world: Sites, _project: PulumiProject) -> None:
    world.delete("eu", "models/shared.bin")
    world.delete("eu", "models/later.bin")


STORIES = {
    "adopt-existing": Story(
        before=_two_archives_exist,
        plot=_both_archives_hold_everything,
        drift=lambda world, _: world.edit("eu", "archive", description="edited by hand"),
        after=_both_archives_are_local_again,
    ),
    "hub-and-spokes": Story(
        plot=_spokes_exchange_with_the_hub_alone,
        drift=lambda world, _: world.edit("plant-b", "builds", xrayIndex=True),
        end=_the_hub_is_emptied,
    ),
    "leave-the-federation": Story(
        plot=_ap_leaves,
        drift=lambda world, _: (
            world.pause("us", "models"),
            world.edit("us", "models", description="edited by hand"),
        )[0],
        end=_the_models_of_eu_are_deleted,
    ),
    "pause-for-maintenance": Story(
        plot=_us_is_paused_and_catches_up,
        drift=lambda world, _: world.pause("us", "nightly"),
    ),
    "three-site-mesh": Story(
        plot=_every_site_lists_every_other,
        drift=lambda world, _: world.remove("ap", "npm-local"),
    ),
    "two-sites": Story(
        plot=_two_sites_exchange_artifacts,
        drift=lambda world, _: world.pause("us", "libs-release"),
        end=_what_holds_artifacts_is_not_deleted,
        after=_the_site_that_left_kept_its_artifacts,
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_an_example_lives_as_its_readme_says(name, project_of_folder, tmp_path):
    expected, story = _markers(EXAMPLES / name), STORIES[name]
    with sites.running(expected["EXPECT_SITES"], tmp_path) as world:
        project = project_of_folder(EXAMPLES / name)
        world.configure(project)
        story.before(world, project)

        project.up("--skip-preview")
        created = set(project.resources())
        story.plot(world, project)
        project.preview("--refresh", "--expect-no-changes")
        project.up("--skip-preview", "--expect-no-changes")
        story.drift(world, project)
        drifted = project.preview("--refresh", "--diff", "--expect-no-changes", expect=NO_CHANGES_EXPECTED)
        project.up("--skip-preview", "--refresh")
        project.preview("--refresh", "--expect-no-changes")
        state = project.export()
        story.end(world, project)
        project.destroy("--skip-preview")

        assert created == set(expected["EXPECT_CREATED"])
        assert expected["EXPECT_DRIFT"] in drifted.output
        assert world.repositories() == sorted(expected["EXPECT_LEFT"])
        assert world.pairings() == []
        assert not project.resources()
        assert not [token for token in world.tokens if token in state + drifted.output]
        story.after(world, project)


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in EXAMPLES.glob("*/__main__.py")))
def test_an_example_is_a_whole_program_with_a_readme(folder):
    readme = (EXAMPLES / folder / "README.md").read_text(encoding="utf-8")

    assert "virtualenv: ../../.venv" in (EXAMPLES / folder / "Pulumi.yaml").read_text(encoding="utf-8")
    assert "\n## What to set\n" in readme
    assert "\n## What happens\n" in readme


def test_every_example_of_a_federation_has_a_story():
    marked = {path.parent.name for path in EXAMPLES.glob("*/__main__.py") if _markers(path.parent)}

    assert marked == set(STORIES)


def test_an_examples_readme_shows_the_drift_that_the_test_sees():
    for name in STORIES:
        readme = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
        seen = _markers(EXAMPLES / name)["EXPECT_DRIFT"].split(", ")[0]
        assert seen in readme, name


def _markers(folder: Path) -> dict[str, Any]:
    """The `EXPECT_*` constants of a program: all of them, or none."""
    program = ast.parse((folder / "__main__.py").read_text(encoding="utf-8"))
    found = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in program.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id.startswith("EXPECT_")
    }
    assert found.keys() in (set(), MARKERS), f"{folder.name} lacks {MARKERS - found.keys()}"
    return found
