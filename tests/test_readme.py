"""What the README shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pulumi_jpd
from jpd_provider.resources import REGISTRY

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def _first_column(heading: str) -> list[str]:
    section = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_the_first_program_is_the_quickstart_at_the_root():
    assert _blocks("python") == [(ROOT / "__main__.py").read_text(encoding="utf-8")]


def test_every_resource_is_in_the_table_and_no_other():
    assert sorted(_first_column("Resources")) == sorted(REGISTRY)
    assert set(REGISTRY) <= set(pulumi_jpd.__all__)


def test_every_field_of_a_deployment_is_in_the_table_and_no_other():
    settings = (ROOT / "provider/jpd_provider/settings.py").read_text(encoding="utf-8")
    model = settings.split("class _DeploymentConfig")[1].split("@dataclasses")[0]
    fields = re.findall(r"^    (\w+): (?:str|SecretStr|float)", model, re.MULTILINE)
    camel = [re.sub(r"_(\w)", lambda match: match[1].upper(), field) for field in fields]

    assert sorted(_first_column("Configuration")) == sorted(camel)


def test_every_make_target_that_is_shown_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    shown = set(re.findall(r"`make ([a-z-]+)", README))

    assert shown
    assert shown <= targets


def test_every_file_that_is_named_exists():
    for name in re.findall(r"`(docs/[\w/.-]+|[A-Z]+\.md)`", README):
        assert (ROOT / name).exists(), name


def test_the_changelog_names_every_resource():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    for resource in REGISTRY:
        assert resource in changelog
