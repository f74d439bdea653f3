"""The command `jpd`: help, version, unknown commands, and commands whose extra is missing."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

import jpd_provider
from jpd_provider.cli import main as cli
from jpd_provider.errors import UserError

JPD = Path(sys.executable).with_name("jpd")


class Entry:
    """An entry point as an extra would bring it."""

    def __init__(self, name: str, loads: Any) -> None:
        self.name = name
        self._loads = loads

    def load(self) -> Any:
        if isinstance(self._loads, Exception):
            raise self._loads
        return self._loads


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `jpd` with the given commands; returns exit code, stdout and stderr."""

    def run(entries: list[Entry], *arguments: str) -> tuple[Any, str, str]:
        def entry_points(*, group: str, name: str | None = None) -> list[Entry]:
            assert group == "jpd.commands"
            return [entry for entry in entries if name in (None, entry.name)]

        monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
        monkeypatch.setattr(sys, "argv", ["jpd", *arguments])
        code: Any = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@click.command()
def greet() -> None:
    """Say hello."""
    click.echo("hello")


@click.command()
def fail() -> None:
    """Fail as a user's mistake does."""
    raise UserError("read 'x': it is not there.", hint="Make it. eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJq.c2ln")


def test_a_command_of_an_entry_point_runs(run: Any) -> None:
    assert run([Entry("greet", greet)], "greet") == (0, "hello\n", "")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_the_commands(run: Any, flag: str) -> None:
    code, out, _ = run([Entry("greet", greet), Entry("fail", fail)], flag)

    assert code == 0
    assert out.startswith("Usage: jpd [OPTIONS] COMMAND")
    assert "Say hello." in out
    assert out.index("  fail") < out.index("  greet")


def test_help_works_although_one_command_lacks_its_extra(run: Any) -> None:
    broken = Entry("sim", ModuleNotFoundError("No module named 'uvicorn'", name="uvicorn"))

    code, out, err = run([Entry("greet", greet), broken], "--help")

    assert (code, err) == (0, "")
    assert "Say hello." in out
    assert "sim" in out
    assert "pulumi-jpd[sim]" in out


def test_a_command_that_lacks_its_extra_says_how_to_install_it(run: Any) -> None:
    broken = Entry("sim", ModuleNotFoundError("No module named 'uvicorn'", name="uvicorn"))

    code, out, err = run([broken], "sim")

    assert (code, out) == (1, "")
    assert err == (
        "jpd: `jpd sim` (module uvicorn) needs the extra [sim]. Install it with: pip install 'pulumi-jpd[sim]'\n"
    )


def test_an_unknown_command_is_named(run: Any) -> None:
    code, _, err = run([Entry("greet", greet)], "gret")

    assert code == 2
    assert "No such command 'gret'" in err


def test_a_users_mistake_ends_in_one_redacted_message(run: Any) -> None:
    assert run([Entry("fail", fail)], "fail") == (1, "", "jpd: read 'x': it is not there. Make it. [secret]\n")


def test_the_version_is_the_packages(run: Any) -> None:
    code, out, _ = run([], "--version")

    assert code == 0
    assert out == f"jpd, version {jpd_provider.__version__}\n"


def test_the_installed_command_runs() -> None:
    ran = subprocess.run([JPD, "--version"], capture_output=True, text=True, check=True)

    assert ran.stdout == f"jpd, version {jpd_provider.__version__}\n"
