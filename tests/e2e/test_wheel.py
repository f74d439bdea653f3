"""The wheel in an empty virtual environment: what `pip install pulumi-jpd` gives."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of programs of an environment that holds the wheel, its base dependencies and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    wheel = next(folder.glob("pulumi_jpd-*.whl"))
    subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", wheel], check=True, capture_output=True)
    return programs


def _run(program: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def test_a_program_can_import_the_sdk(installed, tmp_path):
    done = _run(installed / "python", "-c", "import pulumi_jpd; print(pulumi_jpd.__all__)", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "FederatedRepository" in done.stdout


def test_the_host_of_dynamic_providers_can_load_the_stored_reference(installed, tmp_path):
    code = "from jpd_provider import anchor; print(type(anchor.load('BindingToken', 1)).__name__)"

    done = _run(installed / "python", "-c", code, cwd=tmp_path)

    assert done.stdout.strip() == "DynamicProvider", done.stderr


def test_the_command_is_there_and_lists_its_subcommands(installed, tmp_path):
    done = _run(installed / "jpd", "--help", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "sim" in done.stdout


def test_a_missing_extra_is_named(installed, tmp_path):
    done = _run(installed / "jpd", "sim", cwd=tmp_path)

    assert done.returncode != 0
    assert "pip install 'pulumi-jpd[sim]'" in done.stderr
    assert "Traceback" not in done.stderr
