"""What the host relies on and only the real engine can tell: how drift, errors and secrets are shown."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.project import NO_CHANGES_EXPECTED, PulumiProject

# A provider over one file, `live`; the file `mood` decides how it misbehaves. It stands beside the program and not
# in the harness, because the engine starts the provider in the program's folder.
TOY = """
import sys
from pathlib import Path
from pulumi import dynamic

def load(kind, form):
    return Toy()

class PlainError(Exception):
    pass

PlainError.__module__ = "builtins"

class Toy(dynamic.ResourceProvider):
    serialize_as_secret_always = False

    def __reduce__(self):
        return load, ("Toy", 1)

    def configure(self, req):
        Path("configured").write_text(req.config.get("jpd:deployments") or "")

    def check(self, olds, news):
        refused = {"named": "description", "unnamed": ""}.get(mood())
        failures = [] if refused is None else [dynamic.CheckFailure(refused, "too long. Shorten it.")]
        return dynamic.CheckResult(news, failures)

    def create(self, props):
        if mood() == "failing":
            sys.tracebacklimit = 0
            raise PlainError("create on eu: 409\\nAsk the owner.")
        if mood() == "logging":
            print("warning: eu is slow", file=sys.stderr)
        Path("live").write_text(str(props["description"]))
        return dynamic.CreateResult("eu/toy", dict(props))

    def diff(self, id_, olds, news):
        return dynamic.DiffResult(changes=None)

    def read(self, id_, props):
        live = Path("live").read_text()
        inputs = {key: value for key, value in props.items() if key != "drift"}
        if live != props["description"]:
            inputs["drift"] = [f"us: description is {live!r}"]
        return dynamic.ReadResult(id_, dict(inputs), inputs)

    def update(self, id_, olds, news):
        Path("live").write_text(news["description"])
        return dynamic.UpdateResult(dict(news))

class Resource(dynamic.Resource, module="toy", name="Toy"):
    def __init__(self, name, **props):
        super().__init__(load("Toy", 1), name, props)

def mood():
    file = Path("mood")
    return file.read_text() if file.exists() else ""
"""

PROGRAM = "import toy\ntoy.Resource('subject', description='wanted')\n"
SECRET_PROGRAM = "import pulumi, toy\ntoy.Resource('subject', description=pulumi.Output.secret('planted'))\n"


@pytest.fixture
def project(project_of_source: Callable[..., PulumiProject]) -> PulumiProject:
    return project_of_source(PROGRAM, modules={"toy": TOY})


def live(project: PulumiProject) -> Path:
    return project.program / "live"


def mood(project: PulumiProject, word: str) -> None:
    (project.program / "mood").write_text(word)


def test_drift_is_named_repaired_and_then_gone(project: PulumiProject) -> None:
    project.up()
    live(project).write_text("edited")

    preview = project.preview("--refresh", "--diff", "--expect-no-changes", expect=NO_CHANGES_EXPECTED)
    nightly = project.refresh("--preview-only", "--diff", "--expect-no-changes", expect=NO_CHANGES_EXPECTED)
    short = project.preview("--refresh")
    project.up("--refresh")
    project.preview("--refresh", "--expect-no-changes")

    assert "us: description is 'edited'" in preview.output
    assert "us: description is 'edited'" in nightly.output
    assert "[diff: +drift]" in short.output
    assert live(project).read_text() == "wanted"
    assert "drift" not in project.resources()["subject"]["inputs"]
    assert "drift" not in project.resources()["subject"]["outputs"]


def test_the_steps_of_a_preview_are_machine_readable(project: PulumiProject) -> None:
    created = project.preview("--json")
    project.up()
    live(project).write_text("edited")

    drifted = project.preview("--refresh", "--json")

    assert created.ops() == {"subject": "create"}
    assert drifted.ops() == {"subject": "update"}


def test_an_error_is_shown_as_its_text_without_a_traceback(project: PulumiProject) -> None:
    mood(project, "failing")

    failed = project.up(expect=1)

    assert "error: PlainError: create on eu: 409\n    Ask the owner." in failed.output
    assert "Traceback" not in failed.output


def test_a_check_failure_with_a_property_prints_the_value_even_of_a_secret(project: PulumiProject) -> None:
    project.write(SECRET_PROGRAM)
    mood(project, "named")

    refused = project.preview(expect=1)

    assert "property description value {&{{planted}}} has a problem: too long." in refused.output


def test_a_check_failure_without_a_property_prints_its_reason_only(project: PulumiProject) -> None:
    project.write(SECRET_PROGRAM)
    mood(project, "unnamed")

    refused = project.preview(expect=1)

    assert "resource 'subject' has a problem: too long. Shorten it." in refused.output
    assert "planted" not in refused.output


def test_what_the_provider_logs_is_shown_under_the_stack(project: PulumiProject) -> None:
    mood(project, "logging")

    applied = project.up()

    assert "pulumi:pulumi:Stack (test-dev):\n    warning: eu is slow" in applied.output


def test_a_secret_inside_a_configuration_map_reaches_the_provider_in_the_clear(project: PulumiProject) -> None:
    project.set_config("jpd:deployments.eu.url", "https://eu.example.com")
    project.set_config("jpd:deployments.eu.accessToken", "planted", secret=True)

    project.up()

    received = json.loads((project.program / "configured").read_text())
    assert received == {"eu": {"url": "https://eu.example.com", "accessToken": "planted"}}
    assert "planted" not in project.export()


def test_an_import_file_with_inputs_and_outputs_adopts_an_object_that_exists(project: PulumiProject) -> None:
    project.up()
    [stored] = project.resources().values()
    project.run("state", "delete", stored["urn"], "--yes")
    entry = {key: stored[key] for key in ("type", "id", "inputs", "outputs")} | {"name": "subject"}

    project.import_file({"resources": [entry]})

    project.preview("--refresh", "--expect-no-changes")


def test_a_folder_becomes_a_project_without_its_own_stack_and_environment(
    project: PulumiProject, project_of_folder: Callable[..., PulumiProject]
) -> None:
    project.up()

    copy = project_of_folder(project.program)

    assert copy.preview("--json").ops() == {"subject": "create"}
