import json
import signal
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from jpd_sim.cli import sim

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
