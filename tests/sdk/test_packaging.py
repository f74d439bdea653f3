"""What the wheel and the sdist carry."""

import configparser
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CARRIED = (
    "jpd_provider/py.typed",
    "jpd_sim/py.typed",
    "pulumi_jpd/py.typed",
    "pulumi_jpd/pulumi-plugin.json",
    "jpd_provider/anchor.py",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Builds both with the backend of the environment: no network."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


@pytest.fixture(scope="module")
def names_in_wheel(built: Path) -> list[str]:
    [file] = built.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def names_in_sdist(built: Path) -> list[str]:
    [file] = built.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        return [name.partition("/")[2] for name in archive.getnames()]


def test_the_wheel_carries_types_and_the_plugin_file(names_in_wheel: list[str]) -> None:
    assert set(CARRIED) <= set(names_in_wheel)


def test_the_wheel_carries_the_three_packages_and_nothing_else(names_in_wheel: list[str]) -> None:
    tops = {name.partition("/")[0] for name in names_in_wheel}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"jpd_provider", "jpd_sim", "pulumi_jpd"}
    assert not [name for name in names_in_wheel if {"tests", "__pycache__"} & set(Path(name).parts)]


def test_the_wheel_carries_the_licence(names_in_wheel: list[str]) -> None:
    assert [name for name in names_in_wheel if name.endswith(".dist-info/licenses/LICENSE")]


def test_the_wheel_declares_the_command_and_its_subcommands(built: Path, names_in_wheel: list[str]) -> None:
    [file] = built.glob("*.whl")
    [name] = [name for name in names_in_wheel if name.endswith(".dist-info/entry_points.txt")]
    declared = configparser.ConfigParser()
    with zipfile.ZipFile(file) as archive:
        declared.read_string(archive.read(name).decode())

    assert dict(declared["console_scripts"]) == {"jpd": "jpd_provider.cli.main:main"}
    assert dict(declared["jpd.commands"])["sim"] == "jpd_sim.cli:sim"


def test_the_sdist_carries_the_same_files(names_in_sdist: list[str], names_in_wheel: list[str]) -> None:
    ours = {name for name in names_in_wheel if ".dist-info" not in name}
    carried = {name.removeprefix("provider/").removeprefix("sdk/python/") for name in names_in_sdist}

    assert ours <= carried


def test_the_sdist_carries_no_leftovers(names_in_sdist: list[str]) -> None:
    assert not [name for name in names_in_sdist if "__pycache__" in name or name.endswith((".pyc", ".egg-info"))]
