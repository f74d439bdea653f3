import json
import os
import pty
import signal
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from jpd_sim.cli import sim

from .processes import refused

PROMISED = {"url", "accessToken", "username", "password"}


def start(*arguments):
    command = [sys.executable, "-m", "jpd_sim", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_line_of_json_when_ready_and_exit_code_0_on_a_signal(number):
    with start("--deployments", "eu,us") as process:
        line = json.loads(process.stdout.readline())

        process.send_signal(number)
        rest, errors = process.communicate(timeout=10)

    assert (process.returncode, rest, errors) == (0, "", "")
    assert line["control"].endswith("/_sim")
    assert line["controlToken"]
    assert list(line["deployments"]) == ["eu", "us"]
    assert set(line["deployments"]["eu"]) >= PROMISED


def test_a_port_in_use_is_one_clear_message():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        answer = CliRunner().invoke(sim, ["--port", str(port)])

    assert answer.exit_code == 1
    assert answer.stderr.startswith(f"Error: cannot listen on 127.0.0.1:{port}: ")


@pytest.mark.parametrize(("names", "reason"), [("eu,eu", "once"), ("Eu", "'Eu' is no name"), ("eu,", "'' is no name")])
def test_bad_names_are_refused(names, reason):
    answer = CliRunner().invoke(sim, ["--deployments", names])

    assert answer.exit_code == 2
    assert reason in answer.stderr


def test_a_terminal_gets_a_table_and_first_steps_and_the_pipe_only_the_line():
    main, terminal = pty.openpty()
    command = [sys.executable, "-m", "jpd_sim", "--deployments", "eu"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=terminal, text=True) as process:
        os.close(terminal)
        line = json.loads(process.stdout.readline())
        shown = ""
        while "^C ends it" not in shown:
            shown += os.read(main, 4096).decode()

        process.terminate()
        rest = process.stdout.read()
    os.close(main)

    eu = line["deployments"]["eu"]
    assert rest == ""
    assert f"eu  {eu['url']}  admin / {eu['password']}" in shown
    assert f"curl -u admin:{eu['password']} {eu['url']}/artifactory/api/system/version" in shown
    assert f"{line['control']}/docs" in shown


def test_a_bad_topology_is_one_message_with_all_mistakes_and_their_lines(tmp_path):
    path = tmp_path / "sites.yaml"
    path.write_text("deployments: {eu: {}}\ntrust: [[eu, us]]\nrest: 1\n")

    answer = CliRunner().invoke(sim, ["--topology", str(path)])

    assert answer.exit_code == 1
    assert answer.stderr.splitlines() == [
        f"Error: {path} has 2 mistakes:",
        "  line 2: there is no JPD 'us'; known are eu",
        "  line 3: a topology has no 'rest'; did you mean 'trust'?",
    ]


def test_what_a_jpd_refuses_of_a_topology_ends_the_start_with_its_line(tmp_path):
    path = tmp_path / "sites.yaml"
    path.write_text("deployments: {eu: {}}\nrepositories:\n  - {deployment: eu, key: X, packageType: docker}\n")

    code, message = refused("--topology", path)

    assert code == 1
    assert "line 3: eu refuses PUT /artifactory/api/repositories/X: 400 Docker Repository X" in message


@pytest.mark.parametrize("content", [b"\xff\xfe", None], ids=["not utf-8", "missing"])
def test_a_topology_that_cannot_be_read_is_one_clear_message(tmp_path, content):
    path = tmp_path / "sites.yaml"
    if content is not None:
        path.write_bytes(content)

    answer = CliRunner().invoke(sim, ["--topology", str(path)])

    assert answer.exit_code in (1, 2)
    assert str(path) in answer.stderr
    assert "Traceback" not in answer.stderr


def test_jpds_may_listen_everywhere_while_control_stays_on_loopback():
    with start("--deployments", "eu", "--host", "0.0.0.0") as process:
        line = json.loads(process.stdout.readline())
        process.terminate()

    assert line["control"].startswith("http://127.0.0.1:")
    assert line["deployments"]["eu"]["url"].startswith("http://127.0.0.1:")


def test_help_shows_examples():
    answer = CliRunner().invoke(sim, ["--help"])

    assert "jpd sim --topology sites.yaml" in answer.stdout


def test_a_missing_extra_is_one_line_that_names_it():
    program = (
        "import sys; sys.modules['starlette'] = None; sys.argv = ['jpd-sim'];"
        "from jpd_sim.cli import sim; sim()"
    )  # fmt: skip

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)

    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "pip install 'pulumi-jpd[sim]'" in answer.stderr


def test_help_does_not_load_the_web_framework():
    program = (
        "import sys, jpd_sim, jpd_sim.cli;"
        "print([name for name in ('starlette', 'uvicorn', 'jwt', 'httpx') if name in sys.modules])"
    )  # fmt: skip

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert answer.stdout == "[]\n"
