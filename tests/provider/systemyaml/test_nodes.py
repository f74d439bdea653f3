"""How a program names nodes, and ids that lead back to them."""

from typing import Any

import pytest

from jpd_provider.errors import UserError
from jpd_provider.systemyaml.nodes import Node, faults

NODES = [
    ({"file": "/etc/system.yaml"}, "file:///etc/system.yaml", "/etc/system.yaml"),
    ({"ssh": {"host": "10.0.0.5"}}, "ssh://10.0.0.5/opt/jfrog/artifactory/var/etc/system.yaml", "10.0.0.5"),
    ({"ssh": {"host": "h", "user": "ops", "port": 2222, "path": "/s.yaml"}}, "ssh://ops@h:2222/s.yaml", "h"),
    ({"kubernetes_secret": {"namespace": "n", "secret": "s"}}, "kubernetes:///n/s/system.yaml", "n/s"),
    (
        {"kubernetes_secret": {"namespace": "n", "secret": "s", "key": "k", "context": "c"}},
        "kubernetes://c/n/s/k",
        "n/s",
    ),
    ({"simulator": {"deployment": "eu", "node": "eu-1"}}, "simulator://eu/eu-1", "eu-1"),
]


@pytest.mark.parametrize(("given", "address", "label"), NODES)
def test_a_node_has_an_address_and_a_label(given: dict[str, Any], address: str, label: str) -> None:
    node = Node.model_validate(given)

    assert (node.address, node.label) == (address, label)


@pytest.mark.parametrize("address", [address for _, address, _ in NODES])
def test_an_address_leads_back_to_the_node(address: str) -> None:
    assert Node.at(address).address == address


@pytest.mark.parametrize("given", [given for given, _, _ in NODES])
def test_a_node_is_dumped_as_it_was_given(given: dict[str, Any]) -> None:
    assert Node.model_validate(given).model_dump() == given


def test_a_text_that_is_no_address_is_refused_with_the_forms() -> None:
    with pytest.raises(UserError, match=r"'eu-1' is not the address of a node\. It has the form file://<path>, ssh://"):
        Node.at("eu-1")


@pytest.mark.parametrize(
    ("nodes", "restart", "message"),
    [
        ([{"file": "/a"}, {"file": "/a", "name": "b"}], False, "'file:///a' is given twice"),
        ([{"file": "/a", "name": "n"}, {"file": "/b", "name": "n"}], False, "'n' is given twice"),
        ([{"file": "/a"}], True, "'/a': restart needs"),
        ([{"kubernetes_secret": {"namespace": "n", "secret": "s"}}], True, "pods are restarted by their controller"),
    ],
)
def test_nodes_that_do_not_go_together_are_told(nodes: list[dict[str, Any]], restart: bool, message: str) -> None:
    assert message in next(faults([Node.model_validate(node) for node in nodes], restart=restart))
