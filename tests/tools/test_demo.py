"""The demo's own promises: nothing of the user's is read, nothing is left running, no secret is shown."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture
def folder(tmp_path):
    from sandbox.folder import Folder

    it = Folder(tmp_path / ".demo")
    it.path.mkdir()
    it.renew()
    return it


def simulator_pid(folder) -> int:
    return int(folder.pid.read_text())


@pytest.mark.parametrize("fault", [OSError("disk full"), KeyboardInterrupt()])
def test_a_step_that_fails_or_is_interrupted_stops_the_simulator(folder, fault):
    import children
    import demo

    seen = []

    def fail(_demo):
        seen.append(simulator_pid(folder))
        raise fault

    with pytest.raises(type(fault)):
        demo.show(folder, (demo.start_simulator, fail), keep=False)

    assert [children.alive(pid) for pid in seen] == [False]
    assert not folder.pid.exists()


def test_a_kept_simulator_runs_until_the_folder_is_cleaned(folder, capsys):
    import children
    import demo

    keeping = (
        "import sys, pathlib, demo; from sandbox.folder import Folder\n"
        "def pretend_cli(it): it.cli = pathlib.Path('pulumi')\n"
        "demo.show(Folder(pathlib.Path(sys.argv[1])), (pretend_cli, demo.start_simulator), keep=True)"
    )
    subprocess.run([sys.executable, "-c", keeping, str(folder.path)], cwd=TOOLS, check=True, capture_output=True)
    pid = simulator_pid(folder)
    while_kept = children.alive(pid)

    demo.clean(folder)

    assert (while_kept, children.alive(pid), list(folder.path.iterdir())) == (True, False, [])
    assert f"The simulator (process {pid}) is stopped." in capsys.readouterr().out


def test_a_second_demo_in_the_same_folder_is_refused(folder):
    from sandbox.folder import Busy, Folder

    with folder.held(), pytest.raises(Busy, match="Another `make demo` is running"), Folder(folder.path).held():
        pass


def test_a_process_id_that_another_program_got_is_no_kept_simulator(folder):
    from sandbox import simulator

    folder.pid.write_text(f"{os.getpid()}\n")

    assert simulator.kept(folder) is None


def test_the_users_pulumi_and_deployments_stay_outside(folder, monkeypatch):
    for name in ("PULUMI_ACCESS_TOKEN", "PULUMI_STACK_NAME", "JPD_EU_ACCESS_TOKEN", "VIRTUAL_ENV", "PYTHONPATH"):
        monkeypatch.setenv(name, "of the user")

    env = folder.environment(folder.path / "bin" / "pulumi")

    assert "of the user" not in env.values()
    assert env["PULUMI_BACKEND_URL"] == f"file://{folder.path}/state"


def test_the_file_for_the_shell_gives_the_same_environment_and_forgets_the_users(folder, monkeypatch):
    cli = folder.path / "with space" / "pulumi"
    folder.write_exports(cli)
    monkeypatch.setenv("JPD_EU_ACCESS_TOKEN", "of the user")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "of the user")

    sourced = subprocess.run(
        ["sh", "-c", f". {shlex.quote(str(folder.exports))}; env"], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert not [line for line in sourced if "of the user" in line]
    for name, value in folder.settings(cli).items():
        assert f"{name}={value}" in sourced


@pytest.mark.parametrize("name", ["passphrase", "exports"])
def test_files_with_secrets_are_closed_to_others(folder, name):
    folder.write_exports(folder.path / "pulumi")

    assert getattr(folder, name).stat().st_mode & 0o777 == 0o600


def test_a_failure_is_shown_without_tokens(folder):
    from sandbox import pulumi

    jpd = {"url": "http://127.0.0.1:1", "accessToken": "planted-token", "username": "admin", "password": "planted-word"}
    ready = {"control": "http://127.0.0.1:2/_sim", "controlToken": "planted-control", "deployments": {"eu": jpd}}
    folder.simulator.write_text(json.dumps(ready) + "\n")
    passphrase = folder.passphrase.read_text()

    shown = pulumi.redacted(f"planted-token planted-word planted-control {passphrase} 127.0.0.1", folder)

    assert shown == "[secret] [secret] [secret] [secret] 127.0.0.1"


def test_a_preview_is_searched_for_what_drifted_and_on_which_deployment():
    from sandbox import pulumi

    output = """
        ~ description  : "a" => "b"
        + drift        : [
        +     [0]: "eu: description is 'b', declared 'a'"
        ]
        - drift        : [
        -     [0]: "eu: description is 'b', declared 'a'"
    """

    assert pulumi.drift_lines(output) == ["eu: description is 'b', declared 'a'"]


def test_a_command_that_fails_is_named_with_its_code_and_output(folder, executable):
    from sandbox import pulumi

    cli = executable("bin/pulumi", "echo error: no such stack", "exit 6")

    with pytest.raises(pulumi.CommandFailed, match=r"stack init ended with code 6, expected 0(.|\n)*no such stack"):
        pulumi.Pulumi(cli, folder).init()
