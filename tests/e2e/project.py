"""A Pulumi project in a folder of its own, driven through the real CLI.

Nothing of the user's Pulumi is touched: home, state, passphrase and environment belong to the project. The CLI is told
to fetch nothing. Programs and providers run on the interpreter of this test run.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

NO_CHANGES_EXPECTED = 7
"""The exit code of `--expect-no-changes` when there are some."""

_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
_STACK = "dev"


class UnexpectedExit(AssertionError):
    """The CLI ended otherwise than the test expects; the text is everything that it printed."""


@dataclass(frozen=True)
class Run:
    """One run of the CLI that has ended."""

    args: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """What a user reads, from both streams."""
        return self.stdout + self.stderr

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The steps of `preview --json`: op, urn, detailedDiff, oldState, newState."""
        return list(json.loads(self.stdout).get("steps", []))

    def ops(self) -> dict[str, str]:
        """Resource name -> operation, of `preview --json`; refreshes and the stack itself left out."""
        return {
            _name(step["urn"]): step["op"]
            for step in self.steps
            if step["op"] != "refresh" and "pulumi:pulumi:Stack" not in step["urn"]
        }


class PulumiProject:
    """A project with one stack. `root` holds the program, the state and Pulumi's home."""

    def __init__(self, root: Path, cli: Path, *, env: Mapping[str, str] | None = None) -> None:
        self.root = root
        self.program = root / "program"
        self._cli = cli
        self._env = _environment(root, cli) | dict(env or {})

    @classmethod
    def of_source(
        cls,
        root: Path,
        cli: Path,
        source: str,
        *,
        modules: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> "PulumiProject":
        """A project whose `__main__.py` is `source`, with further modules beside it."""
        project = cls(root, cli, env=env)
        project.program.mkdir()
        (project.program / "Pulumi.yaml").write_text("name: test\nruntime: python\n", encoding="utf-8")
        for name, text in (modules or {}).items():
            (project.program / f"{name}.py").write_text(text, encoding="utf-8")
        project.write(source)
        project._init()
        return project

    @classmethod
    def of_folder(cls, root: Path, cli: Path, folder: Path, *, env: Mapping[str, str] | None = None) -> "PulumiProject":
        """A copy of a program's folder, without its stacks, environments and caches."""
        project = cls(root, cli, env=env)
        leave = shutil.ignore_patterns("Pulumi.*.yaml", ".venv", "venv", ".git", "__pycache__", ".demo")
        shutil.copytree(folder, project.program, ignore=leave)
        project._init()
        return project

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the CLI, for a command that calls it itself."""
        return dict(self._env)

    def write(self, source: str) -> None:
        """Replace the program."""
        (self.program / "__main__.py").write_text(source, encoding="utf-8")

    def set_config(self, path: str, value: str, *, secret: bool = False) -> None:
        """`pulumi config set --path`: `jpd:deployments.eu.url`. The value goes in on stdin, never as an argument."""
        self.run("config", "set", "--path", path, *(["--secret"] if secret else []), stdin=value)

    def up(self, *args: str, expect: int | None = 0) -> Run:
        """`pulumi up --yes`."""
        return self.run("up", "--yes", *args, expect=expect)

    def preview(self, *args: str, expect: int | None = 0) -> Run:
        """`pulumi preview`. With `--json`, see Run.steps."""
        return self.run("preview", *args, expect=expect)

    def refresh(self, *args: str, expect: int | None = 0) -> Run:
        """`pulumi refresh`, applied unless `--preview-only` is given."""
        return self.run("refresh", *([] if "--preview-only" in args else ["--yes"]), *args, expect=expect)

    def destroy(self, *args: str, expect: int | None = 0) -> Run:
        """`pulumi destroy --yes`."""
        return self.run("destroy", "--yes", *args, expect=expect)

    def export(self) -> str:
        """The state as text, secrets encrypted: grep it."""
        return self.run("stack", "export").stdout

    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources of the state by name, without the stack and the provider host."""
        stored = json.loads(self.export())["deployment"].get("resources", [])
        return {_name(r["urn"]): r for r in stored if not r["type"].startswith("pulumi:")}

    def import_file(self, content: Mapping[str, Any], *, expect: int | None = 0) -> Run:
        """`pulumi import --file`, without generated code and protection."""
        file = self.root / "import.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        options = ("--generate-code=false", "--protect=false", "--yes")
        return self.run("import", "--file", str(file), *options, expect=expect)

    def run(self, *args: str, stdin: str | None = None, expect: int | None = 0, timeout_seconds: float = 240) -> Run:
        """Any command. UnexpectedExit unless it ends with `expect`; None accepts every exit code."""
        done = subprocess.run(
            [str(self._cli), "--color", "never", "--non-interactive", *args],
            cwd=self.program,
            env=self._env,
            input=stdin or "",
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_seconds,
            check=False,
        )
        result = Run(args, done.returncode, done.stdout, done.stderr)
        if expect is not None and result.exit_code != expect:
            raise UnexpectedExit(
                f"pulumi {' '.join(args)}: exit {result.exit_code} instead of {expect}\n{result.output}"
            )
        return result

    def _init(self) -> None:
        for folder in ("state", "home"):
            (self.root / folder).mkdir()
        _use_this_interpreter(self.program / "Pulumi.yaml")
        self.run("stack", "init", _STACK)


def _environment(root: Path, cli: Path) -> dict[str, str]:
    """What the CLI and everything below it see. Deployments' variables and proxies of the machine are not among it."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # The launcher and the language host stand beside the CLI; python3 of PATH is the one of this run.
    path = os.pathsep.join([str(cli.parent), str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return kept | {
        "PATH": path,
        "HOME": str(root / "home"),
        "PULUMI_HOME": str(root / "home"),
        "PULUMI_BACKEND_URL": (root / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
        "PULUMI_PYTHON_CMD": sys.executable,
    }


def _use_this_interpreter(file: Path) -> None:
    """Point the project's virtualenv at the one that runs the tests; a bare interpreter is found on PATH."""
    yaml = YAML()
    project = yaml.load(file.read_text(encoding="utf-8"))
    options = {"virtualenv": sys.prefix} if sys.prefix != sys.base_prefix else {}
    project["runtime"] = {"name": "python", "options": options}
    with file.open("w", encoding="utf-8") as stream:
        yaml.dump(project, stream)


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]
