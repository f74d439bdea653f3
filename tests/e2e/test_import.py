"""`jpd import` and `pulumi import --file` with the real CLI: what people made becomes a stack without a change."""

from __future__ import annotations

import json
import subprocess
import sys

from e2e import sites
from e2e.project import PulumiProject

TRUST = """
import pulumi_jpd as jpd

jpd.BindingToken("eu-us", source="eu", target="us")
"""

SYSTEM_YAML = """
router:
  proxy:
    httpUrl: http://operator:planted-password@proxy.example.com:3128
"""
PROXY = "http://operator:planted-password@proxy.example.com:3128"


def test_a_federation_that_people_made_becomes_a_stack_and_the_next_preview_is_empty(project_of_source, tmp_path):
    with sites.running(("eu", "us"), tmp_path) as world:
        _seed(world, project_of_source)
        (tmp_path / "system.yaml").write_text(SYSTEM_YAML, encoding="utf-8")
        project = project_of_source("")
        world.configure(project)
        project.set_config("proxy", PROXY, secret=True)

        done = _jpd_import(
            project,
            "--with-members",
            "FederatedRepository:eu/libs",
            "BindingToken:eu~us/federated-repo/*",
            f"RouterProxy:file://{tmp_path}/system.yaml",
        )
        project.write(_program(done.stdout))
        imported = project.import_file(json.loads((project.program / "import.json").read_text(encoding="utf-8")))
        project.preview("--refresh", "--expect-no-changes")
        state = project.export()

        seen = state + done.stdout + done.stderr + imported.output
        assert set(project.resources()) == {"libs", "eu-us", "router-proxy"}
        assert "3 imported" in imported.output
        assert not [secret for secret in (*world.tokens, "planted-password") if secret in seen]


def _program(printed: str) -> str:
    """The declarations that the command printed, with the secret where it says that it belongs."""
    declarations = printed.split("program:\n\n")[1].split("\n\nThen", maxsplit=1)[0]
    assert declarations.count("=...,") == 1
    declarations = declarations.replace("=...,", "=pulumi.Config().require_secret('proxy'),")
    return f"import pulumi\nimport pulumi_jpd as jpd\n\n{declarations}\n"


def _seed(world: sites.Sites, project_of_source) -> None:
    """Trust, and a federation of two with an artifact; the stack that made the trust is forgotten."""
    other = project_of_source(TRUST)
    world.configure(other)
    other.up("--skip-preview")
    world.create("eu", "libs", packageType="maven", description="made by hand")
    world.edit("eu", "libs", members=[{"url": world.url(name, "libs"), "enabled": True} for name in ("eu", "us")])
    world.deploy("us", "libs/a.jar")


def _jpd_import(project: PulumiProject, *objects: str) -> subprocess.CompletedProcess[str]:
    """`jpd import` in the project's folder; it asks the stack through the CLI on PATH."""
    command = [sys.executable, "-c", "from jpd_provider.cli.import_ import import_; import_()"]
    return subprocess.run(
        [*command, "--stack", "dev", *objects],
        cwd=project.program,
        env=project.environment,
        capture_output=True,
        text=True,
        check=True,
    )
