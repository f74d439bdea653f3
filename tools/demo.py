"""`make demo`: the main job, one line a step, against two simulated JPDs and with the real Pulumi engine.

Step 1, the virtual environment, is made before this can run (bootstrap.py). Everything is written below `.demo/`. Every
process that is started here is stopped on every way out: the end, a failure, ^C. With --keep it stops after step 5 and
leaves the simulator running; --clean ends that.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import children
from engine import finder
from sandbox import folder as demo_folder
from sandbox import jpd, pulumi, simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Found = TypeVar("Found")

REPOSITORY = "demo-generic"
ARTIFACT = "hello/greeting.txt"
CONTENT = b"The same bytes on both sides.\n" * 1000
DESCRIPTION = "edited by hand"
REPLICATED_SECONDS = 30
"""Ours: an artifact takes well under a second from one simulated JPD to the other."""


class Disproved(Exception):
    """What the demo is to show did not come true."""


FAILURES = (
    Disproved,
    children.Expired,
    finder.NoCli,
    jpd.Refused,
    OSError,
    pulumi.CommandFailed,
    simulator.NotReady,
    simulator.StoppedBadly,
)
"""What ends the demo with a message. Anything else is a mistake of ours and shows its traceback."""


@dataclass
class Demo:
    """What the steps hand on."""

    folder: demo_folder.Folder
    cli: Path
    simulator: simulator.Simulator
    pulumi: pulumi.Pulumi

    def __init__(self, folder: demo_folder.Folder) -> None:
        self.folder = folder
        self.ending = contextlib.ExitStack()


def find_cli(demo: Demo) -> str:
    """Step 2: a Pulumi CLI, wherever it comes from."""
    demo.cli = finder.find()
    demo.pulumi = pulumi.Pulumi(demo.cli, demo.folder)
    return f"Pulumi CLI {demo.cli}"


def start_simulator(demo: Demo) -> str:
    """Step 3: two JPDs in a process of their own."""
    with children.undisturbed():
        process = simulator.launch(demo.folder)
        demo.ending.callback(simulator.stop, process, demo.folder)
    demo.simulator = simulator.wait_until_ready(process, demo.folder)
    return "two simulated JPDs: " + ", ".join(f"{name} {it.url}" for name, it in demo.simulator.jpds.items())


def create(demo: Demo) -> str:
    """Step 4: the program in the root becomes real."""
    demo.pulumi.init()
    for name in ("eu", "us"):
        demo.pulumi.configure(demo.simulator.jpds[name])
    demo.pulumi.run("up", ["up", "--yes", "--skip-preview"], "pulumi up")
    for own, other in pairs(demo):
        if other.url not in own.configuration():
            raise Disproved(f"{own.name} holds no token for {other.name}")
    return f"pulumi up: eu and us trust each other and share the repository {REPOSITORY}"


def replicate(demo: Demo) -> str:
    """Step 5: what is put on one side arrives on the other."""
    eu, us = demo.simulator.jpds["eu"], demo.simulator.jpds["us"]
    eu.put(REPOSITORY, ARTIFACT, CONTENT)
    arrived = eventually(lambda: us.fetch(REPOSITORY, ARTIFACT), f"{ARTIFACT} did not arrive on us")
    sent, received = (hashlib.sha256(content).hexdigest() for content in (CONTENT, arrived))
    if sent != received:
        raise Disproved(f"{ARTIFACT} differs: SHA-256 {sent} on eu, {received} on us")
    return f"{ARTIFACT} put on eu, fetched from us: same SHA-256 {sent[:12]}..."


def drift(demo: Demo) -> str:
    """Step 6: somebody changes us by hand, and a preview says what and where."""
    us = demo.simulator.jpds["us"]
    us.edit_repository(REPOSITORY, {"description": DESCRIPTION})
    members = (us.repository(REPOSITORY) or {}).get("members", [])
    paused = [{**member, "enabled": not member["url"].startswith(us.url)} for member in members]
    us.edit_repository(REPOSITORY, {"members": paused})
    output = preview(demo, "preview-drift", expect=pulumi.CHANGES_FOUND)
    named = sorted(pulumi.drift_lines(output))
    for line in named:
        print(f"      {line}")
    for jpd_name, changed in (("eu", "description"), ("us", "enabled")):  # a description federates, a pause does not
        if not any(line.startswith(f"{jpd_name}: {changed} ") for line in named):
            raise Disproved(f"the preview does not name {changed} on {jpd_name}:\n{output}")
    return "us was changed by hand: pulumi preview --refresh exits 7 and names JPD and field, as above"


def repair(demo: Demo) -> str:
    """Step 7: one update brings back what the program says."""
    demo.pulumi.run("up-repair", ["up", "--refresh", "--yes", "--skip-preview"], "pulumi up --refresh")
    preview(demo, "preview-repaired", expect=0)
    return "pulumi up --refresh repaired it: the next preview is empty"


def destroy(demo: Demo) -> str:
    """Step 8: nothing is left on either side, and nothing runs."""
    demo.pulumi.run("destroy", ["destroy", "--yes", "--skip-preview"], "pulumi destroy")
    for own, other in pairs(demo):
        if own.repository(REPOSITORY) is not None:
            raise Disproved(f"{own.name} still has the repository {REPOSITORY}")
        if other.url in own.configuration():
            raise Disproved(f"{own.name} still holds a token for {other.name}")
    demo.ending.close()
    return "pulumi destroy: both JPDs hold nothing of it, every process is stopped"


STEPS: Sequence[Callable[[Demo], str]] = (find_cli, start_simulator, create, replicate, drift, repair, destroy)
KEPT_STEPS = STEPS[:4]


def show(folder: demo_folder.Folder, steps: Sequence[Callable[[Demo], str]], *, keep: bool) -> None:
    """Runs the steps, each with a line that says what was shown and how long it took."""
    demo = Demo(folder)
    with demo.ending:
        for number, step in enumerate(steps, 2):
            begin = time.monotonic()
            text = step(demo)
            print(f"{number}/8 {text} ({children.elapsed(time.monotonic() - begin)})", flush=True)
        if keep:
            folder.write_exports(demo.cli)
            demo.ending.pop_all()  # the simulator stays
            print(how_to_play_on(demo))


def pairs(demo: Demo) -> tuple[tuple[jpd.Jpd, jpd.Jpd], tuple[jpd.Jpd, jpd.Jpd]]:
    """Each JPD with the other one."""
    eu, us = demo.simulator.jpds["eu"], demo.simulator.jpds["us"]
    return (eu, us), (us, eu)


def preview(demo: Demo, name: str, *, expect: int) -> str:
    """The command that a nightly job runs: it compares the program with what the JPDs say now, and changes nothing."""
    arguments = ["preview", "--refresh", "--diff", "--expect-no-changes"]
    return demo.pulumi.run(name, arguments, "pulumi preview --refresh", expect=expect)


def eventually(look: Callable[[], Found | None], otherwise: str) -> Found:
    """Looks until there is something to see; replication is asynchronous."""
    end = time.monotonic() + REPLICATED_SECONDS
    while time.monotonic() < end:
        if (found := look()) is not None:
            return found
        time.sleep(0.05)
    raise Disproved(f"{otherwise} within {REPLICATED_SECONDS} s")


def how_to_play_on(demo: Demo) -> str:
    """The commands for a kept demo, to be pasted as they are."""
    here = os.path.relpath(demo.folder.path)
    lines = ["", "The simulator keeps running. In this folder, try:", f"  . {here}/env.sh"]
    lines += ["  pulumi preview --refresh --diff", "  pulumi up", "  pulumi stack output"]
    for it in demo.simulator.jpds.values():
        login = demo.folder.path / f"{it.name}.curl"  # curl reads the token from a file: arguments are public
        demo_folder.private(login, f'header = "Authorization: Bearer {it.token}"\n')
        lines.append(f"  curl -K {here}/{login.name} {it.artifact_url(REPOSITORY, ARTIFACT)}")
    return "\n".join([*lines, "End it with: make demo-clean"])


def clean(folder: demo_folder.Folder) -> None:
    """Ends a kept simulator and removes what the demo wrote."""
    if (pid := simulator.kept(folder)) is not None:
        children.end_family(pid, grace=simulator.GRACE)
        print(f"The simulator (process {pid}) is stopped.")
    folder.empty()


def run(folder: demo_folder.Folder, *, keep: bool) -> None:
    """The demo in a folder that nobody else uses."""
    if simulator.kept(folder) is not None:
        raise demo_folder.Busy("A demo is kept here: play on with `. .demo/env.sh`, or end it: make demo-clean")
    folder.renew()
    show(folder, KEPT_STEPS if keep else STEPS, keep=keep)


def main() -> int:
    """0 when everything was shown, 1 with a message when not, 130 after ^C."""
    children.interrupt_on_signals()
    options = parser().parse_args()
    folder = demo_folder.Folder(options.folder.absolute())
    try:
        with folder.held():
            if options.clean:
                clean(folder)
            else:
                run(folder, keep=options.keep)
    except KeyboardInterrupt:
        children.say("Interrupted; every process is stopped.")
        return 130
    except demo_folder.Busy as busy:
        children.say(str(busy))
        return 1
    except FAILURES as fault:
        children.say(f"The demo failed: {pulumi.redacted(str(fault), folder)}\nLogs: {folder.logs}")
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line, as the Makefile uses it."""
    it = argparse.ArgumentParser(description="Show the main job against two simulated JPDs.")
    it.add_argument("--clean", action="store_true", help="end a kept demo and remove what it wrote")
    it.add_argument("--folder", type=Path, default=demo_folder.ROOT / ".demo", help="where everything is written")
    it.add_argument("--keep", action="store_true", help="stop after step 5 and leave the simulator running")
    return it


if __name__ == "__main__":
    sys.exit(main())
