"""Where the commands find the stack's configuration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jpd_provider.cli import configuration
from jpd_provider.errors import SettingsError

DEPLOYMENTS = {"eu": {"url": "https://eu.example.com", "accessToken": "tok-0123456789abcdef"}}


@pytest.fixture
def pulumi(tmp_path, monkeypatch):
    """`pulumi(answer, exit_code)`: a CLI on PATH that notes its arguments and answers so; returns the notes."""

    def install(answer: str, exit_code: int = 0, stream: int = 1) -> Path:
        script, notes = tmp_path / "bin" / "pulumi", tmp_path / "arguments"
        script.parent.mkdir()
        (tmp_path / "answer").write_text(answer, encoding="utf-8")
        script.write_text(
            f'#!/bin/sh\necho "$PWD $*" > "{notes}"\ncat "{tmp_path / "answer"}" >&{stream}\nexit {exit_code}\n',
            encoding="utf-8",
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")
        return notes

    return install


def test_a_stack_is_asked_through_the_cli_in_the_projects_folder(pulumi, tmp_path):
    answer = {
        "jpd:deployments": {"value": json.dumps(DEPLOYMENTS), "objectValue": DEPLOYMENTS, "secret": True},
        "jpd:preflight": {"value": "off", "secret": False},
    }
    notes = pulumi(json.dumps(answer))

    settings = configuration.settings("prod", tmp_path, None)

    assert settings["eu"].credential().secret.get_secret_value() == "tok-0123456789abcdef"
    assert settings.preflight is False
    expected = "config --json --show-secrets --non-interactive --stack prod"
    assert notes.read_text(encoding="utf-8").strip() == f"{tmp_path} {expected}"


def test_without_a_name_the_selected_stack_is_asked(pulumi, tmp_path):
    notes = pulumi("{}")

    configuration.of_stack(None, tmp_path)

    assert "--stack" not in notes.read_text(encoding="utf-8")


def test_a_refusal_of_the_cli_is_shown_and_redacted(pulumi, tmp_path):
    pulumi("error: no stack named 'prod' found for cmVmdGtuOjAxOjAwMDAwMDAwMDA6YWJj", exit_code=255, stream=2)

    with pytest.raises(SettingsError, match=r"no stack named 'prod' found for .secret.*--config"):
        configuration.of_stack("prod", tmp_path)


def test_without_the_cli_the_way_out_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SettingsError, match=r"needs the Pulumi CLI.*--config"):
        configuration.of_stack("prod", tmp_path)


@pytest.mark.parametrize("wrapped", [True, False], ids=["Pulumi.dev.yaml", "bare map"])
def test_a_file_gives_the_deployments_without_the_cli(tmp_path, monkeypatch, wrapped):
    monkeypatch.setenv("PATH", str(tmp_path))
    file = tmp_path / "deployments.yaml"
    content = {"jpd:deployments": DEPLOYMENTS}
    file.write_text(json.dumps({"config": content} if wrapped else content), encoding="utf-8")

    assert list(configuration.settings(None, tmp_path, file)) == ["eu"]


def test_encrypted_values_of_a_file_are_refused(tmp_path):
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(
        "config:\n  jpd:deployments:\n    eu:\n      url: https://eu.example.com\n"
        "      accessToken: {secure: v1:abc}\n",
        encoding="utf-8",
    )

    with pytest.raises(SettingsError, match=r"Pulumi.prod.yaml' holds encrypted values. Use --stack"):
        configuration.settings(None, tmp_path, file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "is not a map with jpd:deployments"),
        ("config: 3", "is not a map with jpd:deployments"),
        ("a: [", "cannot be read as YAML or JSON"),
        ("config: {}", "has no jpd:deployments"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path, text, message):
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match=message):
        configuration.settings(None, tmp_path, file)
