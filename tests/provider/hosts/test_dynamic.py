"""The dynamic host: a resource's lifecycle as the engine sees it, and how errors leave."""

import copy
import json
import sys
import threading
import traceback
import types
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.dynamic import Config
from pulumi.output import Unknown
from pulumi.runtime import rpc
from pydantic import SecretStr

import jpd_provider
from jpd_provider import anchor, redaction, resources
from jpd_provider.client.jpd import Jpds
from jpd_provider.errors import ApiError
from jpd_provider.hosts import session
from jpd_provider.resources.kind import Drift, Inputs, Kind, Reading, Rule, State

SECRET = "tok-0123456789abcdef"
DEPLOYMENTS = {"eu": {"url": "https://eu.example.com", "accessToken": SECRET}}
NEWS = {"__provider": "blob", "deployment": "eu", "key": "k", "size": 3.0}


class ToyInputs(Inputs):
    deployment: str
    key: str
    size: int = 1
    tags: list[str] | None = None


class ToyState(State):
    url: str = ""
    size_seen: int = 0
    password: SecretStr = SecretStr("")


def create(jpds: Jpds, inputs: ToyInputs) -> ToyState:
    redaction.register(jpds[inputs.deployment].deployment.credential().secret.get_secret_value())
    if inputs.key == "refused":
        raise ApiError(f"create k: 403 for {SECRET}.", deployment="eu", status=403, hint="Ask the owner.")
    if inputs.key == "defect":
        raise ValueError(f"odd value {SECRET}")
    return ToyState(url=f"https://eu/{inputs.key}", size_seen=inputs.size, password=SecretStr("p4ss-word"))


def read(_jpds: Jpds, id_: str, inputs: ToyInputs | None, state: ToyState | None) -> Reading[Any, Any] | None:
    if id_ == "eu/gone":
        return None
    live = {"deployment": "eu", "key": id_.partition("/")[2]} | ({"size": 9} if inputs else {"size": 4})
    drift = (Drift("us", f"the member list lacks eu {SECRET}"),) if id_ == "eu/drifted" else ()
    return Reading(ToyInputs.model_validate(live), state or ToyState(url="imported"), drift)


def update(_jpds: Jpds, old: ToyInputs, state: ToyState, new: ToyInputs) -> ToyState:
    return ToyState(url=f"{state.url}+", size_seen=10 * old.size + new.size)


DELETED: list[tuple[ToyInputs, ToyState]] = []


TOY = Kind(
    name="Toy",
    inputs=ToyInputs,
    state=ToyState,
    rules={"deployment": Rule.REPLACE, "key": Rule.REPLACE, "size": Rule.UPDATE, "tags": Rule.UPDATE},
    deployment_fields=("deployment",),
    identity=lambda inputs: f"{inputs.deployment}/{inputs.key}",
    create=create,
    read=read,
    update=update,
    delete=lambda _jpds, inputs, state: DELETED.append((inputs, state)),
    unordered=("tags",),
)


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("toy")
    module.KIND = TOY  # type: ignore[attr-defined]  # made on the fly
    monkeypatch.setitem(sys.modules, "jpd_provider.resources.toy", module)
    monkeypatch.setitem(resources.REGISTRY, "Toy", "toy")
    DELETED.clear()


def configured(config: Mapping[str, str]) -> Any:
    provider = anchor.load("Toy", 1)
    provider.configure(ConfigureRequest(Config(dict(config), "project")))
    return provider


@pytest.fixture
def toy() -> Any:
    return configured({"jpd:deployments": json.dumps(DEPLOYMENTS)})


def said(call: Callable[[], object]) -> str:
    """What the SDK sends when a call fails: `traceback.format_exc()`."""
    try:
        call()
    except Exception:  # noqa: BLE001 - as the SDK does
        return traceback.format_exc()
    raise AssertionError("the call did not fail")


def test_create_returns_the_id_and_inputs_state_and_schema(toy: Any) -> None:
    created = toy.create(NEWS)

    assert created.id == "eu/k"
    outs = dict(created.outs)
    assert rpc.unwrap_rpc_secret(outs.pop("password")) == "p4ss-word"
    assert outs == {"deployment": "eu", "key": "k", "size": 3, "url": "https://eu/k", "size_seen": 3, "__schema": 1}
    assert type(outs["size"]) is int


def test_an_input_that_was_not_set_is_no_output(toy: Any) -> None:
    outs = toy.create({"deployment": "eu", "key": "k"}).outs

    assert "size" not in outs
    assert "tags" not in outs


def test_a_secret_output_leaves_wrapped(toy: Any) -> None:
    assert rpc.is_rpc_secret(toy.create(NEWS).outs["password"])


def test_check_returns_canonical_inputs(toy: Any) -> None:
    result = toy.check({}, NEWS | {"tags": ["b", "a"], "drift": ["us: x"]})

    assert result.failures == []
    assert result.inputs == {"deployment": "eu", "key": "k", "size": 3, "tags": ["a", "b"]}


def test_check_lets_unknown_values_pass(toy: Any) -> None:
    result = toy.check({}, NEWS | {"key": rpc.UNKNOWN})

    assert result.failures == []
    assert isinstance(result.inputs["key"], Unknown)


def test_check_failures_name_the_property_in_words_because_pulumi_would_print_its_value(toy: Any) -> None:
    result = toy.check({}, NEWS | {"size": "big", "deployment": "zz"})

    assert [failure.property for failure in result.failures] == ["", ""]
    assert result.failures[0].reason == "size: Input should be a valid integer"
    assert result.failures[1].reason.startswith("deployment: There is no deployment 'zz'")


def test_a_wrong_configuration_fails_the_check_with_one_sentence() -> None:
    toy = configured({"jpd:deployments": json.dumps({"eu": {"url": "https://eu", "acessToken": SECRET}})})

    result = toy.check({}, NEWS)

    [failure] = result.failures
    assert failure.property == ""
    assert failure.reason == "jpd:deployments.eu.acessToken: unknown field; did you mean accessToken?"
    assert SECRET not in failure.reason


def test_a_provider_that_was_never_configured_says_what_is_missing() -> None:
    result = anchor.load("Toy", 1).check({}, NEWS)

    assert "The stack's configuration has no jpd:deployments" in result.failures[0].reason


def test_diff_leaves_the_comparison_of_inputs_to_the_engine(toy: Any) -> None:
    result = toy.diff("eu/k", NEWS, NEWS | {"size": 4.0})

    assert (result.changes, result.replaces, result.delete_before_replace) == (None, [], None)


def test_diff_names_what_replaces(toy: Any) -> None:
    result = toy.diff("eu/k", NEWS, NEWS | {"key": "other"})

    assert (result.changes, result.replaces, result.delete_before_replace) == (None, ["key"], None)


def test_diff_with_an_unknown_identity_replaces_and_deletes_first(toy: Any) -> None:
    result = toy.diff("eu/k", NEWS, NEWS | {"key": rpc.UNKNOWN})

    assert (result.replaces, result.delete_before_replace) == (["key"], True)


def test_read_of_something_gone_has_no_id(toy: Any) -> None:
    result = toy.read("eu/gone", NEWS)

    assert (result.id, result.outs) == (None, {})


def test_read_returns_live_inputs_and_outputs(toy: Any) -> None:
    result = toy.read("eu/k", NEWS | {"url": "u", "__schema": 1.0})

    assert result.id == "eu/k"
    assert result.inputs == {"deployment": "eu", "key": "k", "size": 9}
    assert result.outs["url"] == "u"
    assert result.outs["size"] == 9
    assert "drift" not in result.outs


def test_drift_that_is_no_input_is_listed_in_both_and_redacted(toy: Any) -> None:
    redaction.register(SECRET)

    result = toy.read("eu/drifted", NEWS)

    assert result.inputs["drift"] == ["us: the member list lacks eu [secret]"]
    assert result.outs["drift"] == result.inputs["drift"]


def test_an_import_reads_from_the_id_alone(toy: Any) -> None:
    result = toy.read("eu/k", {})

    assert result.inputs == {"deployment": "eu", "key": "k", "size": 4}
    assert result.outs["url"] == "imported"


def test_update_gets_old_and_new_and_returns_all_outputs(toy: Any) -> None:
    outs = dict(toy.update("eu/k", NEWS | {"url": "u", "drift": ["x"]}, NEWS | {"size": 4.0}).outs)

    assert outs["url"] == "u+"
    assert outs["size_seen"] == 34
    assert outs["__schema"] == 1
    assert "drift" not in outs


def test_delete_gets_inputs_and_state(toy: Any) -> None:
    toy.delete("eu/k", NEWS | {"url": "u"})

    [(inputs, state)] = DELETED
    assert (inputs, state) == (ToyInputs(deployment="eu", key="k", size=3), ToyState(url="u"))


@pytest.mark.parametrize("operation", ["check", "diff", "create", "read", "update", "delete"])
def test_nothing_of_the_callers_bags_is_changed(toy: Any, operation: str) -> None:
    olds, news = NEWS | {"tags": ["b", "a"], "drift": ["x"]}, NEWS | {"tags": ["d", "c"], "drift": ["x"]}
    before = copy.deepcopy((olds, news))
    arguments: dict[str, tuple[Any, ...]] = {
        "check": (olds, news),
        "diff": ("eu/k", olds, news),
        "create": (news,),
        "read": ("eu/k", olds),
        "update": ("eu/k", olds, news),
        "delete": ("eu/k", olds),
    }

    getattr(toy, operation)(*arguments[operation])

    assert (olds, news) == before


def test_an_error_leaves_as_one_redacted_message_without_a_traceback(toy: Any) -> None:
    text = said(lambda: toy.create(NEWS | {"key": "refused"}))

    assert text == "JpdError: create k: 403 for [secret]. Ask the owner.\n"


def test_a_defect_leaves_with_a_redacted_traceback_and_says_so(toy: Any) -> None:
    text = said(lambda: toy.create(NEWS | {"key": "defect"}))

    assert text.startswith(f"JpdError: This is a defect of pulumi-jpd {jpd_provider.__version__}; please report it.\n")
    assert "ValueError: odd value [secret]" in text
    assert "in create" in text
    assert SECRET not in text


def test_after_an_error_tracebacks_are_whole_again(toy: Any) -> None:
    said(lambda: toy.create(NEWS | {"key": "refused"}))

    toy.create(NEWS)

    assert not hasattr(sys, "tracebacklimit")


def test_an_operation_without_configuration_fails_in_words() -> None:
    text = said(lambda: anchor.load("Toy", 1).create(NEWS))

    assert text.startswith("JpdError: The stack's configuration has no jpd:deployments.")
    assert "Traceback" not in text


def test_four_threads_share_one_instance(toy: Any) -> None:
    start = threading.Barrier(4)
    results: dict[str, tuple[Any, str]] = {}

    def work(number: int) -> None:
        start.wait()
        for turn in range(25):
            key = f"k{number}-{turn}"
            created = toy.create(NEWS | {"key": key, "size": float(turn)})
            failed = said(lambda: toy.create(NEWS | {"key": "refused"}))
            results[key] = (created, failed)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 100
    for key, (created, failed) in results.items():
        assert (created.id, created.outs["size"]) == (f"eu/{key}", int(key.partition("-")[2]))
        assert failed.endswith("JpdError: create k: 403 for [secret]. Ask the owner.\n")
        assert SECRET not in failed


def test_resources_of_one_run_share_a_session() -> None:
    text = json.dumps(DEPLOYMENTS)

    assert session.open_session(text, None) is session.open_session(text, None)
    assert session.open_session(text, None) is not session.open_session(text, "off")
