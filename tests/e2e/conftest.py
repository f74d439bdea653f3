"""Fixtures of the end-to-end tests: the real CLI, projects of their own, and a simulator in a process of its own."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from e2e.project import PulumiProject
from harness.child import Child
from harness.transport import scrubbed_environment

HERE = Path(__file__).parent
ENGINE_BUILD_SECONDS = 1800
"""The first test may have to build the CLI: ours, three times what two cores need."""

NewProject = Callable[..., PulumiProject]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder is an end-to-end test."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(ENGINE_BUILD_SECONDS))


@pytest.fixture
def project_of_source(tmp_path_factory: pytest.TempPathFactory, pulumi_cli: Path) -> NewProject:
    """`project_of_source(source, modules={...}, env={...})`: a new project with that `__main__.py`."""

    def new(source: str, **options: Any) -> PulumiProject:
        return PulumiProject.of_source(tmp_path_factory.mktemp("project"), pulumi_cli, source, **options)

    return new


@pytest.fixture
def project_of_folder(tmp_path_factory: pytest.TempPathFactory, pulumi_cli: Path) -> NewProject:
    """`project_of_folder(folder, env={...})`: a new project with a copy of that program."""

    def new(folder: Path, **options: Any) -> PulumiProject:
        return PulumiProject.of_folder(tmp_path_factory.mktemp("project"), pulumi_cli, folder, **options)

    return new


@dataclass(frozen=True)
class Deployment:
    """One simulated JPD, as `jpd sim` announces it."""

    url: str
    access_token: str = field(repr=False)
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Simulator:
    """A running `jpd sim`."""

    control: str
    control_token: str = field(repr=False)
    deployments: Mapping[str, Deployment]

    def configure(self, project: PulumiProject) -> None:
        """Register every deployment in the project's stack, tokens as secrets."""
        for name, deployment in self.deployments.items():
            project.set_config(f"jpd:deployments.{name}.url", deployment.url)
            project.set_config(f"jpd:deployments.{name}.accessToken", deployment.access_token, secret=True)


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """JPDs `eu` and `us` on free loopback ports; ended with SIGTERM, which has to give exit code 0."""
    command = str(Path(sys.executable).parent / "jpd")
    argv = [command, "sim", "--deployments", "eu,us", "--port", "0"]
    with Child(argv, cwd=tmp_path, env=scrubbed_environment()) as child:
        announced = json.loads(child.first_line())
        yield Simulator(
            control=announced["control"],
            control_token=announced["controlToken"],
            deployments={name: _deployment(entry) for name, entry in announced["deployments"].items()},
        )
        exit_code = child.terminate()
    assert exit_code == 0, f"jpd sim ended with {exit_code} on SIGTERM: {child.stderr}"
    assert child.stdout.count("\n") == 1, f"jpd sim printed more than its one line: {child.stdout}"


def _deployment(entry: Mapping[str, str]) -> Deployment:
    return Deployment(entry["url"], entry["accessToken"], entry["username"], entry["password"])
