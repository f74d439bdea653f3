"""No program that the tools start outlives them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def wait_for(file: Path) -> str:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if file.is_file() and file.read_text().endswith("\n"):
            return file.read_text().strip()
        time.sleep(0.02)
    raise AssertionError(f"{file} was not written")


def test_the_exit_code_and_the_output_of_a_program_are_kept(tmp_path):
    import children

    code = children.run(["sh", "-c", "echo out; echo err >&2; exit 7"], what="trying", log=tmp_path / "log")

    assert (code, (tmp_path / "log").read_text()) == (7, "out\nerr\n")


def test_a_secret_goes_in_through_stdin(tmp_path):
    import children

    children.run(["cat"], what="trying", log=tmp_path / "log", stdin_text="secret")

    assert (tmp_path / "log").read_text() == "secret"


def test_a_program_that_ignores_stdin_is_no_failure(tmp_path):
    import children

    assert children.run(["true"], what="trying", log=tmp_path / "log", stdin_text="x" * 1_000_000) == 0


def test_a_program_over_its_time_limit_is_stopped_with_its_children(tmp_path):
    import children

    script = f"sleep 60 & echo $! > {tmp_path}/pid; wait"

    with pytest.raises(children.Expired, match=r"trying took longer than 1\.0 s"):
        children.run(["sh", "-c", script], what="trying", log=tmp_path / "log", limit_seconds=1)

    assert not children.alive(int(wait_for(tmp_path / "pid")))


def test_a_grandchild_in_a_group_of_its_own_is_ended_too(tmp_path):
    import children

    note = f"open({str(tmp_path / 'pid')!r}, 'w').write(f'{{os.getpid()}}\\n')"
    grandchild = f"import os, time; os.setsid(); {note}; time.sleep(60)"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    child = children.start([sys.executable, "-c", script], sink=subprocess.DEVNULL)
    pid = int(wait_for(tmp_path / "pid"))

    children.stop(child)

    assert not children.alive(pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_ends_the_program_that_was_waited_for(tmp_path, number):
    import children

    code = (
        "import sys, pathlib, children; children.interrupt_on_signals();"
        f"children.run(['sh', '-c', 'echo $$ > {tmp_path}/pid; sleep 60'],"
        f"what='x', log=pathlib.Path('{tmp_path}/log'))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=TOOLS, stderr=subprocess.DEVNULL)
    pid = int(wait_for(tmp_path / "pid"))

    parent.send_signal(number)
    parent.wait(timeout=20)

    assert not children.alive(pid)


def test_an_interruption_waits_for_the_end_of_an_undisturbed_block():
    import children

    done = []

    def work() -> None:
        with children.undisturbed():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("whole")

    with pytest.raises(KeyboardInterrupt):
        work()

    assert done == ["whole"]


@pytest.mark.parametrize(("seconds", "text"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (59.4, "59 s"), (125, "2 min 05 s")])
def test_a_time_is_as_exact_as_the_reader_needs(seconds, text):
    import children

    assert children.elapsed(seconds) == text
