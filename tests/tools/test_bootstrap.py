"""The virtual environment is ready, or the next run repairs it."""

import subprocess
from dataclasses import dataclass, field

import pytest


@pytest.fixture
def project(tmp_path):
    """The smallest project that installs without a network."""
    (tmp_path / "requirements.lock").write_text("")
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "pulumi-jpd"\nversion = "0"\n'
    )
    return tmp_path


@pytest.fixture
def pip(monkeypatch):
    """Stands for the programs that would download: notes what would run, and ends with the given code."""
    import bootstrap

    @dataclass
    class Pip:
        code: int = 0
        steps: list[str] = field(default_factory=list)

    pip = Pip()

    def run(argv, *, what, log, env):
        pip.steps.append(what)
        if argv[1:3] == ["-m", "venv"]:
            argv = [*argv[:3], "--without-pip", *argv[3:]]
            return subprocess.run(argv, env=env, check=False).returncode
        log.write_text("ERROR: no matching distribution\n")
        return pip.code

    monkeypatch.setattr(bootstrap.children, "run", run)
    return pip


def test_a_ready_environment_is_left_alone(project, pip):
    import bootstrap

    first = bootstrap.ensure(project)
    pip.steps.clear()

    assert (first, bootstrap.ensure(project), pip.steps) == (True, False, [])


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_input_installs_again(project, pip, name):
    import bootstrap

    bootstrap.ensure(project)
    (project / name).write_text((project / name).read_text() + "# changed\n")

    assert bootstrap.ensure(project) is True


def test_a_failed_installation_says_what_was_answered_and_is_repaired_by_the_next_run(project, pip):
    import bootstrap

    pip.code = 1
    with pytest.raises(bootstrap.Failed, match=r"locked packages: failed(.|\n)*no matching distribution"):
        bootstrap.ensure(project)
    pip.code = 0
    pip.steps.clear()

    repaired = bootstrap.ensure(project)

    assert (repaired, pip.steps) == (
        True,
        ["creating .venv", "installing the locked packages", "installing pulumi-jpd itself"],
    )


def test_an_interruption_while_an_old_environment_is_updated_leaves_it_not_ready(project, pip, monkeypatch):
    import bootstrap

    bootstrap.ensure(project)
    (project / "requirements.lock").write_text("# newer\n")

    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as only_here:
        only_here.setattr(bootstrap.children, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            bootstrap.ensure(project)

    assert bootstrap.ensure(project) is True


def test_the_lock_names_no_registry():
    import bootstrap

    lock = (bootstrap.ROOT / "requirements.lock").read_text()

    assert not [line for line in lock.splitlines() if "://" in line or line.startswith("-")]


def test_every_locked_package_has_hashes():
    import bootstrap

    lock = (bootstrap.ROOT / "requirements.lock").read_text().splitlines()

    assert not [line for line in lock if "==" in line and not line.endswith("\\")]
