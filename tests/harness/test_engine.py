"""The mini-engine against a toy provider, on both transports: the facts about Pulumi that the harness stands for."""

from pathlib import Path
from typing import Any

import pytest

from harness import toy
from harness.engine import Engine
from harness.failures import CheckFailed, ProviderDied, ProviderFailure, Refusal
from harness.program import Ref, Resource, serialised
from harness.state import Stored
from harness.transport import InProcessTransport, ProcessTransport
from harness.wire import Secret

TESTS = Path(__file__).parent.parent


def thing(name: str, *, kind: str = "Thing", options: dict[str, Any] | None = None, **inputs: Any) -> Resource:
    blob = serialised(toy.load(kind, 1))
    return Resource(f"pulumi-python:dynamic/toy:{kind}", name, {"key": name} | inputs, blob, **(options or {}))


class KilledAtCreate(ProcessTransport):
    """Its first process is killed right before the first create."""

    killed = False

    def call(self, method: str, request: Any) -> Any:
        if method == "Create" and not self.killed:
            self.killed = True
            self.kill()
        return super().call(method, request)


@pytest.fixture
def folder(tmp_path: Path) -> toy.Folder:
    return toy.Folder(tmp_path)


@pytest.fixture(params=["in process", "process"])
def engine(request: pytest.FixtureRequest, folder: toy.Folder) -> Engine:
    transport = ProcessTransport(TESTS) if request.param == "process" else InProcessTransport()
    return Engine(transport, {"toy:folder": str(folder.path)})


@pytest.fixture
def quick(folder: toy.Folder) -> Engine:
    return Engine(InProcessTransport(), {"toy:folder": str(folder.path)})


def test_a_second_up_of_the_same_program_changes_nothing(engine: Engine) -> None:
    engine.up([thing("a", size=1)])

    again = engine.up([thing("a", size=1)])

    assert again.ops() == {"a": "same"}
    assert again.changes == ()


def test_a_preview_touches_neither_state_nor_world(engine: Engine, folder: toy.Folder) -> None:
    engine.up([thing("a", size=1)])

    plan = engine.preview([thing("a", size=2), thing("b")])

    assert plan.ops() == {"a": "update", "b": "create"}
    assert plan.of("a").changed == {"size"}
    assert engine.state["a"].inputs["size"] == 1
    assert folder.objects().keys() == {"a", "a.index"}


def test_an_update_keeps_the_id_and_stores_new_inputs_and_outputs(engine: Engine, folder: toy.Folder) -> None:
    engine.up([thing("a", size=1)])

    engine.up([thing("a", size=2)])

    assert engine.state["a"].id == "a"
    assert engine.state["a"].outputs["size"] == 2
    assert folder.objects()["a"] == {"size": 2}


def test_numbers_arrive_as_floats(engine: Engine) -> None:
    engine.up([thing("a", size=1)])

    assert isinstance(engine.state["a"].outputs["size"], float)


def test_an_output_that_is_not_known_yet_is_an_unknown_object_in_check_and_diff(engine: Engine) -> None:
    engine.up([thing("b", size=1)])

    # Were it the engine's GUID, the toy would refuse it: not a number.
    plan = engine.preview([thing("a"), thing("b", size=Ref("a", "minted"))])

    assert plan.ops() == {"a": "create", "b": "update"}


def test_a_reference_is_filled_in_when_the_program_is_applied(engine: Engine) -> None:
    engine.up([thing("a"), thing("b", label=Ref("a", "minted"), owner=Ref("a", "id"))])

    assert engine.state["b"].inputs["label"] == "mint-a"
    assert engine.state["b"].inputs["owner"] == "a"


def test_a_replacement_creates_first_and_deletes_last(quick: Engine, folder: toy.Folder) -> None:
    quick.up([thing("a", key="one")])

    result = quick.up([thing("a", key="two")])

    assert [step.op.value for step in result.steps] == ["replace", "delete-replaced"]
    assert result.of("a").replaces == ("key",)
    assert folder.objects().keys() == {"two", "two.index"}
    assert quick.state["a"].id == "two"


def test_delete_before_replace_deletes_first(quick: Engine, folder: toy.Folder) -> None:
    quick.up([thing("a", key="one", deleteFirst=True)])
    folder.arm(folder.calls() + 3)  # two calls delete, the third begins the create

    with pytest.raises(ProviderFailure, match="one too many"):
        quick.up([thing("a", key="two", deleteFirst=True)])

    assert folder.objects() == {}
    assert not quick.state


def test_a_replaced_object_that_could_not_be_deleted_is_deleted_by_the_next_up(
    quick: Engine, folder: toy.Folder
) -> None:
    quick.up([thing("a", key="one")])
    folder.arm(folder.calls() + 3)
    with pytest.raises(ProviderFailure):
        quick.up([thing("a", key="two")])
    folder.disarm()

    result = quick.up([thing("a", key="two")])

    assert [step.op.value for step in result.steps] == ["same", "delete-replaced"]
    assert folder.objects().keys() == {"two", "two.index"}


def test_what_the_program_no_longer_names_is_deleted_dependants_first(quick: Engine, folder: toy.Folder) -> None:
    quick.up([thing("a"), thing("b", options={"depends_on": ["a"]}), thing("c")])

    result = quick.up([thing("c")])

    assert [(step.name, step.op.value) for step in result.steps] == [("c", "same"), ("b", "delete"), ("a", "delete")]
    assert folder.objects().keys() == {"c", "c.index"}


def test_destroy_leaves_nothing(engine: Engine, folder: toy.Folder) -> None:
    engine.up([thing("a"), thing("b")])

    engine.destroy()

    assert folder.objects() == {}
    assert not engine.state


def test_drift_is_the_inverted_difference_between_live_and_old_inputs(engine: Engine, folder: toy.Folder) -> None:
    program = [thing("a", size=1, label="x")]
    engine.up(program)
    folder.put("a", {"size": 1, "label": "changed"})

    plan = engine.preview(program, refresh=True)

    assert [(step.op.value, set(step.changed)) for step in plan.refreshed] == [("update", {"label"})]
    assert [(step.op.value, set(step.changed)) for step in plan.steps] == [("update", {"label"})]
    assert engine.state["a"].inputs["label"] == "x"


def test_drift_is_repaired_and_then_there_is_none(engine: Engine, folder: toy.Folder) -> None:
    program = [thing("a", label="x")]
    engine.up(program)
    folder.put("a", {"label": "changed"})

    engine.up(program, refresh=True)

    assert folder.objects()["a"] == {"label": "x"}
    assert engine.preview(program, refresh=True).changes == ()


def test_without_a_refresh_drift_is_not_seen(quick: Engine, folder: toy.Folder) -> None:
    quick.up([thing("a", label="x")])
    folder.put("a", {"label": "changed"})

    assert quick.preview([thing("a", label="x")]).changes == ()


def test_an_empty_id_from_read_drops_the_resource(engine: Engine, folder: toy.Folder) -> None:
    engine.up([thing("a")])
    folder.remove("a")

    result = engine.refresh()

    assert [step.op.value for step in result.refreshed] == ["delete"]
    assert not engine.state


def test_a_resource_that_stays_the_same_stores_new_inputs_and_keeps_old_outputs(quick: Engine) -> None:
    quick.up([thing("a", kind="Blunt", note="old")])

    result = quick.up([thing("a", kind="Blunt", note="new")])

    assert result.ops() == {"a": "same"}
    assert quick.state["a"].inputs["note"] == "new"
    assert quick.state["a"].outputs["note"] == "old"


def test_a_blunt_diff_is_a_change_without_field_names(quick: Engine) -> None:
    quick.up([thing("a", kind="Blunt", size=1)])

    plan = quick.preview([thing("a", kind="Blunt", size=2)])

    assert plan.of("a").op.value == "update"
    assert plan.of("a").changed == frozenset()


def test_an_ignored_change_keeps_the_old_input(quick: Engine) -> None:
    quick.up([thing("a", size=1)])

    plan = quick.preview([thing("a", size=2, options={"ignore_changes": ["size"]})])

    assert plan.changes == ()


def test_a_secret_input_reaches_the_provider_in_the_clear_and_the_state_encrypted(
    engine: Engine, folder: toy.Folder
) -> None:
    engine.up([thing("a", token=Secret("planted"))])

    assert folder.objects()["a"]["token"] == "planted"
    assert engine.state["a"].inputs["token"] == Secret("planted")
    assert engine.state["a"].outputs["token"] == Secret("planted")
    assert "planted" not in engine.state.plaintext()


def test_a_minted_output_is_plaintext_unless_it_is_declared_secret(quick: Engine) -> None:
    quick.up([thing("bare"), thing("declared", options={"secret_outputs": frozenset({"minted"})})])

    assert quick.state["bare"].outputs["minted"] == "mint-bare"
    assert quick.state["declared"].outputs["minted"] == Secret("mint-declared")


def test_a_value_wrapped_by_the_provider_stays_secret_also_nested(engine: Engine) -> None:
    engine.up([thing("a")])

    assert engine.state["a"].outputs["nested"] == {"inner": Secret("inner-a")}
    assert "inner-a" not in engine.state.plaintext()


def test_secrets_stay_secret_through_a_refresh(quick: Engine) -> None:
    quick.up([thing("a", token=Secret("planted"), options={"secret_outputs": frozenset({"minted"})})])

    quick.refresh()

    assert quick.state["a"].inputs["token"] == Secret("planted")
    assert quick.state["a"].outputs["minted"] == Secret("mint-a")


def test_configuration_arrives_with_secrets_in_the_clear_and_maps_as_json(folder: toy.Folder) -> None:
    engine = Engine(InProcessTransport(), {"toy:folder": Secret(str(folder.path)), "toy:limits": {"size": Secret(3)}})

    with pytest.raises(CheckFailed, match="a: size: 4 is more than 3"):
        engine.preview([thing("a", size=4)])


def test_a_refused_input_names_property_and_reason(engine: Engine) -> None:
    with pytest.raises(CheckFailed) as refused:
        engine.up([thing("a", size=101)])

    assert refused.value.refusals == (Refusal("size", "101 is more than 100"),)
    assert not engine.state


def test_an_error_of_the_provider_surfaces_with_its_text(engine: Engine) -> None:
    with pytest.raises(ProviderFailure, match="create a: 403, ask the owner"):
        engine.up([thing("a", label="refused")])


def test_a_failure_keeps_what_was_made_before_it_and_skips_what_depends_on_it(
    quick: Engine, folder: toy.Folder
) -> None:
    failing = thing("b", label="refused", options={"depends_on": ["a"]})

    with pytest.raises(ProviderFailure, match="create b"):
        quick.up([thing("a"), failing, thing("c", options={"depends_on": ["b"]})])

    assert list(quick.state.resources) == ["a"]
    assert folder.objects().keys() == {"a", "a.index"}


def test_import_by_id_fails_because_the_host_finds_no_provider(engine: Engine) -> None:
    with pytest.raises(ProviderFailure, match="KeyError: '__provider'"):
        engine.import_id(thing("a"), "a")


def test_an_import_file_with_outputs_adopts_without_read(quick: Engine, folder: toy.Folder) -> None:
    folder.put("a", {"label": "x"})
    entry = thing("a", label="x")
    bag = entry.registered()

    quick.import_file([Stored(entry.type, "a", "a", bag, bag)])

    assert quick.preview([entry], refresh=True).changes == ()


def test_a_killed_process_is_reported_and_the_next_operation_starts_another(folder: toy.Folder) -> None:
    transport = KilledAtCreate(TESTS)
    engine = Engine(transport, {"toy:folder": str(folder.path)})

    with pytest.raises(ProviderDied):
        engine.up([thing("a")])

    assert engine.up([thing("a")]).ops() == {"a": "create"}


def test_what_the_process_prints_is_kept(folder: toy.Folder) -> None:
    transport = ProcessTransport(TESTS)
    engine = Engine(transport, {"toy:folder": str(folder.path)})

    engine.up([thing("a")])

    assert int(transport.stdout.strip()) > 0
    assert transport.stderr == ""
