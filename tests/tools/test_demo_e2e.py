"""`make demo` as a user runs it: the real CLI, the real simulator, the program in the root."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def demo(pulumi_cli, tmp_path):
    """Starts the demo in a folder of its own. No failure of a test may leave what the test is about."""
    started = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        argv = [sys.executable, str(ROOT / "tools" / "demo.py"), "--folder", str(tmp_path / "demo"), *arguments]
        env = {**os.environ, "PULUMI": str(pulumi_cli)}
        started.append(subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        return started[-1]

    yield start

    for process in started:
        process.terminate()
        process.communicate(timeout=60)


def test_the_demo_shows_all_eight_steps_and_leaves_nothing_in_the_root(demo):
    before = set(ROOT.glob("Pulumi*"))

    process = demo()
    output, _ = process.communicate(timeout=240)

    assert process.returncode == 0, output
    assert re.findall(r"^(\d)/8 ", output, re.MULTILINE) == ["2", "3", "4", "5", "6", "7", "8"]
    assert "us: enabled is false, declared true" in output
    assert set(ROOT.glob("Pulumi*")) == before
    assert _told(output) == _told(_readme_transcript())[1:], "the README shows another transcript"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("file", "patience_seconds"), [("simulator.json", 0), ("logs/up.log", 0), ("logs/up.log", 2)])
def test_an_interrupted_demo_leaves_no_process(demo, tmp_path, number, file, patience_seconds):
    import children

    process = demo()
    seen = _family_when(process.pid, tmp_path / "demo" / file)
    time.sleep(patience_seconds)
    seen |= set(children.descendants(process.pid))
    process.send_signal(number)
    output, _ = process.communicate(timeout=90)

    assert process.returncode == 130, output
    assert seen
    assert [pid for pid in seen if children.alive(pid)] == []


def test_a_kept_demo_can_be_played_on_and_is_ended_by_clean(demo, tmp_path):
    folder = tmp_path / "demo"
    kept = demo("--keep")
    output, _ = kept.communicate(timeout=240)
    assert kept.returncode == 0, output

    try:
        again, _ = demo().communicate(timeout=60)
        preview = subprocess.run(
            ["sh", "-c", f". {folder}/env.sh && pulumi preview --refresh --expect-no-changes --non-interactive"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        cleaned, _ = demo("--clean").communicate(timeout=60)

    assert "A demo is kept here" in again
    assert preview.returncode == 0, preview.stdout + preview.stderr
    assert "is stopped." in cleaned
    assert [entry.name for entry in folder.iterdir()] == ["lock"]


def _family_when(pid: int, file: Path) -> set[int]:
    """The processes below `pid` at the moment when `file` appears."""
    import children

    end = time.monotonic() + 120
    while time.monotonic() < end:
        if file.is_file():
            return set(children.descendants(pid))
        time.sleep(0.02)
    raise AssertionError(f"{file} did not appear")


def _readme_transcript() -> str:
    return re.findall(r"^```text\n(1/8 .*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)[0]


def _told(transcript: str) -> list[str]:
    """The lines without what differs from run to run: times, ports, paths, the hash; and without progress."""
    lines = [line.strip() for line in transcript.splitlines() if not re.search(r"\.\.\. \d+(\.\d)? s$", line)]
    varying = r"\d+(?:\.\d)? s|127\.0\.0\.1:\d+|[0-9a-f]{12}\.\.\.|(?<=Pulumi CLI )\S+"
    return [re.sub(varying, "*", line) for line in lines]
