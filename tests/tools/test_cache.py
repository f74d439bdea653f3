"""Made things are whole or not there."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
HOLD = """
import signal, sys, time
from pathlib import Path
from engine import cache
# A shell starts its background jobs with SIGINT ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
root = Path(sys.argv[1])
with cache.locked(root), cache.staged(root / "thing") as folder:
    (folder / "half").touch()
    print("made half", flush=True)
    time.sleep(60)
"""


def maker(root: Path) -> subprocess.Popen[str]:
    """A process that holds the cache with a half-made thing."""
    argv = [sys.executable, "-c", HOLD, str(root)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=TOOLS)
    assert process.stdout is not None
    assert process.stdout.readline() == "made half\n"
    process.stdout.close()
    return process


def things(root: Path) -> set[str]:
    return {entry.name for entry in root.iterdir()} - {".lock"}


def test_a_thing_has_its_name_only_when_it_is_complete(tmp_path):
    from engine import cache

    with cache.staged(tmp_path / "thing") as folder:
        (folder / "part").touch()
        during = (tmp_path / "thing").exists()

    assert (during, things(tmp_path)) == (False, {"thing"})
    assert (tmp_path / "thing" / "part").is_file()


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
def test_a_failed_or_interrupted_making_leaves_nothing(tmp_path, fault):
    from engine import cache

    def make_half() -> None:
        with cache.staged(tmp_path / "thing") as folder:
            (folder / "part").touch()
            raise fault

    with pytest.raises(fault):
        make_half()

    assert things(tmp_path) == set()


def test_a_failure_keeps_the_thing_that_was_there_before(tmp_path):
    from engine import cache

    (tmp_path / "thing").mkdir()
    (tmp_path / "thing" / "good").touch()

    def make_half() -> None:
        with cache.staged(tmp_path / "thing"):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        make_half()

    assert (tmp_path / "thing" / "good").is_file()


def test_an_interrupted_maker_process_leaves_nothing(tmp_path):
    process = maker(tmp_path)

    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)

    assert things(tmp_path) == set()


def test_what_a_killed_maker_left_is_removed_by_the_next(tmp_path):
    from engine import cache

    process = maker(tmp_path)
    process.kill()
    process.wait(timeout=20)
    left = things(tmp_path)

    with cache.locked(tmp_path):
        after = things(tmp_path)

    assert (len(left), after) == (1, set())


def test_a_second_maker_waits_for_the_first_and_keeps_its_folder(tmp_path):
    first = maker(tmp_path)
    second = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.DEVNULL, cwd=TOOLS)

    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(timeout=1)
    during = things(tmp_path)
    for process in (second, first):
        process.kill()
        process.wait(timeout=20)

    assert len(during) == 1
