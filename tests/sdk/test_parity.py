"""The SDK's classes say what the core does: no argument, output or sentence is missing, and none is made up."""

import ast
import dataclasses
import inspect
import re
import sys
import typing
from pathlib import Path
from typing import Any

import pulumi
import pytest

import pulumi_jpd
from jpd_provider import resources
from jpd_provider.federations import owned
from jpd_provider.resources.kind import Kind
from pulumi_jpd._resource import JpdResource

CLASSES = {name: getattr(pulumi_jpd, name) for name in sorted(resources.REGISTRY) if hasattr(pulumi_jpd, name)}
FRAME = ("resource_name", "opts")


@pytest.fixture(params=sorted(CLASSES))
def pair(request: pytest.FixtureRequest) -> tuple[type[JpdResource], Kind[Any, Any]]:
    return CLASSES[request.param], resources.find(request.param)


Pair = tuple[type[JpdResource], Kind[Any, Any]]


def parameters(cls: type[JpdResource]) -> dict[str, inspect.Parameter]:
    found = dict(inspect.signature(cls.__init__).parameters)
    del found["self"]
    return found


def outputs(cls: type[JpdResource]) -> dict[str, Any]:
    # Not typing.get_type_hints: it goes on to the base classes, whose names Pulumi imports for type checkers only.
    names = vars(sys.modules[cls.__module__])
    hints = {name: eval(hint, dict(names)) for name, hint in cls.__annotations__.items()}
    return {name: hint for name, hint in hints.items() if typing.get_origin(hint) is pulumi.Output}


def test_all_is_the_public_classes() -> None:
    public = {name for name, value in vars(pulumi_jpd).items() if not name.startswith("_") and inspect.isclass(value)}

    assert set(pulumi_jpd.__all__) == public | {"get_deployment", "get_federation_status", "repositories_for"}
    assert pulumi_jpd.__all__ == sorted(pulumi_jpd.__all__)


def test_the_arguments_of_a_member_are_what_the_core_takes() -> None:
    taken = [field.name for field in dataclasses.fields(pulumi_jpd.FederatedRepositoryMemberArgs)]

    assert sorted(taken) == sorted(owned.DeclaredMember.model_fields)


def test_every_resource_of_the_core_has_a_class() -> None:
    assert set(CLASSES) == set(resources.REGISTRY)


def test_a_class_is_named_after_its_kind(pair: Pair) -> None:
    cls, kind = pair

    assert (cls.__name__, cls.kind) == (kind.name, kind.name)


def test_the_arguments_are_the_inputs(pair: Pair) -> None:
    cls, kind = pair
    own = [name for name in parameters(cls) if name not in FRAME]

    assert sorted(own) == sorted(kind.inputs.model_fields)


def test_arguments_are_given_by_name(pair: Pair) -> None:
    cls, _ = pair
    kinds = {name: parameter.kind for name, parameter in parameters(cls).items()}

    assert kinds.pop("resource_name") is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert set(kinds.values()) == {inspect.Parameter.KEYWORD_ONLY}


def test_the_required_arguments_are_the_required_inputs(pair: Pair) -> None:
    cls, kind = pair
    required = {name for name, parameter in parameters(cls).items() if parameter.default is inspect.Parameter.empty}

    assert required - {"resource_name"} == {n for n, field in kind.inputs.model_fields.items() if field.is_required()}


def test_an_optional_argument_is_not_sent_unless_given(pair: Pair) -> None:
    cls, _ = pair
    defaults = [parameter.default for parameter in parameters(cls).values()]

    assert {default for default in defaults if default is not inspect.Parameter.empty} == {None}


def test_computed_are_the_fields_of_the_state_in_their_order(pair: Pair) -> None:
    cls, kind = pair

    assert list(cls.computed) == list(kind.state.model_fields)


def test_the_declared_outputs_are_inputs_and_computed(pair: Pair) -> None:
    cls, kind = pair

    assert sorted(outputs(cls)) == sorted([*kind.inputs.model_fields, *kind.state.model_fields])


def test_an_optional_input_is_an_optional_output(pair: Pair) -> None:
    cls, kind = pair
    optional = {name for name, hint in outputs(cls).items() if type(None) in typing.get_args(typing.get_args(hint)[0])}

    assert optional == {name for name, field in kind.inputs.model_fields.items() if not field.is_required()}


def test_the_docstring_explains_each_argument_once(pair: Pair) -> None:
    cls, _ = pair
    doc = inspect.getdoc(cls.__init__) or ""

    assert re.findall(r"^    (\w+): ", doc.partition("Args:")[2], re.MULTILINE) == list(parameters(cls))


def test_each_output_has_a_sentence(pair: Pair) -> None:
    cls, _ = pair
    [node] = [
        node
        for node in ast.parse(Path(inspect.getfile(cls)).read_text()).body
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__
    ]
    explained = [
        one.target.id
        for one, following in zip(node.body, node.body[1:], strict=False)
        if isinstance(one, ast.AnnAssign)
        and isinstance(one.target, ast.Name)
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
    ]

    assert explained == list(outputs(cls))


def test_the_docstring_tells_id_errors_and_source(pair: Pair) -> None:
    cls, _ = pair
    doc = inspect.getdoc(cls) or ""

    for word in ("Id: `", "Errors: ", "Source: "):
        assert word in doc
