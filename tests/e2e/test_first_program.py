"""The first program through the real CLI: its mistakes, its secrets, and a JPD that is away."""

from __future__ import annotations

import json

from jpd_sim import ControlClient

PROGRAM = """
import pulumi
import pulumi_jpd as jpd

trust = jpd.BindingToken("trust", source="eu", target="us")
repository = jpd.FederatedRepository(
    "shared",
    deployment="eu",
    key="shared",
    package_type="generic",
    description="Shared by every site",
    members={"us": jpd.FederatedRepositoryMemberArgs(deletion_policy="delete_repository")},
    opts=pulumi.ResourceOptions(depends_on=[trust]),
)
"""


def _said(done):
    """Everything a user saw; it never has a traceback in it."""
    text = done.stdout + done.stderr
    assert "Traceback" not in text, text
    return text


def test_no_token_is_in_the_state_or_on_the_screen(project_of_source, simulator):
    project = project_of_source(PROGRAM)
    simulator.configure(project)

    up = project.up(expect=0)
    refreshed = project.preview("--refresh", "--diff", "--expect-no-changes", expect=0)
    state = json.dumps(project.export())
    down = project.destroy(expect=0)

    for text in (_said(up), _said(refreshed), _said(down), state):
        assert not [d for d in simulator.deployments.values() if d.access_token in text or d.password in text]
        assert "eyJ" not in text


def test_a_misspelt_field_of_the_configuration_is_one_clear_message(project_of_source, simulator):
    project = project_of_source(PROGRAM)
    project.set_config("jpd:deployments.eu.url", simulator.deployments["eu"].url)
    project.set_config("jpd:deployments.eu.acessToken", "not-for-the-screen", secret=True)

    said = _said(project.up(expect=None))

    assert "jpd:deployments.eu.acessToken: unknown field; did you mean accessToken?" in said
    assert "not-for-the-screen" not in said


def test_a_wrong_token_names_the_deployment_and_the_status(project_of_source, simulator):
    project = project_of_source(PROGRAM)
    for name, deployment in simulator.deployments.items():
        project.set_config(f"jpd:deployments.{name}.url", deployment.url)
        project.set_config(f"jpd:deployments.{name}.accessToken", "not-for-the-screen", secret=True)

    said = _said(project.up(expect=None))

    assert "'eu'" in said
    assert "answered 401" in said
    assert "not-for-the-screen" not in said


def test_a_jpd_that_is_away_is_named_with_what_to_do(project_of_source, simulator):
    project = project_of_source(PROGRAM)
    simulator.configure(project)
    control = ControlClient(simulator.control, simulator.control_token)
    project.up(expect=0)

    control.stop("us")
    preview = _said(project.preview("--refresh", "--diff", "--expect-no-changes", expect=7))
    down = _said(project.destroy(expect=None))
    control.start("us")

    assert "us: unknown: " in preview
    assert not [word for word in ("delete", "replace") if word in preview.split("Resources:")[1]]
    assert "on deployment 'us'" in down
    assert "retain_on_delete" in down
    project.destroy(expect=0)
