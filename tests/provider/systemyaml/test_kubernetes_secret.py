"""The `kubernetes_secret` channel: what is refused, what is said, and what of the Secret is touched."""

from pathlib import Path
from typing import Any

import pytest

from jpd_provider.errors import JpdError, Unreachable, UserError
from jpd_provider.systemyaml.channels.contract import Channel, FileMissing

from .fake_cluster import FakeCluster
from .places import channel


@pytest.fixture
def secret(cluster: FakeCluster, tmp_path: Path) -> Channel:
    cluster.put("system.yaml", b"a: 1\n")
    return reached(cluster.kubeconfig(tmp_path))


def reached(kubeconfig: str, **more: Any) -> Channel:
    target = {"namespace": "jfrog", "secret": "system-yaml", "kubeconfig": kubeconfig} | more
    return channel({"kubernetes_secret": target})


def test_only_the_one_key_is_touched_and_we_are_its_manager(cluster: FakeCluster, secret: Channel) -> None:
    secret.write("a: 2\n", expecting=secret.read().fingerprint)

    assert cluster.get("system.yaml") == b"a: 2\n"
    assert cluster.get("other-key") == b"kept"
    assert cluster.owners == {"system.yaml": "pulumi-jpd"}


@pytest.mark.parametrize(
    "metadata",
    [
        {"annotations": {"meta.helm.sh/release-name": "prod"}},
        {"labels": {"app.kubernetes.io/managed-by": "Helm"}},
    ],
)
def test_a_secret_of_helms_is_refused_with_what_to_set_instead(
    cluster: FakeCluster, secret: Channel, metadata: dict[str, Any]
) -> None:
    assert cluster.secret is not None
    cluster.secret["metadata"] |= metadata

    with pytest.raises(UserError, match=r"belongs to Helm.*helm_values.*systemYamlOverride\.existingSecret"):
        secret.write("a: 2\n", expecting=secret.read().fingerprint)

    assert cluster.get("system.yaml") == b"a: 1\n"


def test_an_immutable_secret_is_refused(cluster: FakeCluster, secret: Channel) -> None:
    assert cluster.secret is not None
    cluster.secret["immutable"] = True

    with pytest.raises(UserError, match="the Secret is immutable"):
        secret.write("a: 2\n", expecting=secret.read().fingerprint)


def test_a_missing_key_is_told_apart(cluster: FakeCluster, secret: Channel, tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="key 'absent' of Secret jfrog/system-yaml does not exist"):
        reached(cluster.kubeconfig(tmp_path), key="absent").read()


def test_missing_rights_are_named(cluster: FakeCluster, secret: Channel) -> None:
    cluster.refuse = (403, "Forbidden")

    with pytest.raises(UserError, match=r"403 Forbidden.*needs the verbs get on that Secret"):
        secret.read()


def test_a_cluster_in_trouble_is_no_missing_file(cluster: FakeCluster, secret: Channel) -> None:
    cluster.refuse = (500, "Internal Server Error")

    with pytest.raises(JpdError, match="the cluster answers 500") as failure:
        secret.read()

    assert not isinstance(failure.value, FileMissing)


def test_a_cluster_that_does_not_answer_is_unreachable(cluster: FakeCluster, tmp_path: Path) -> None:
    path = Path(cluster.kubeconfig(tmp_path))
    path.write_text(path.read_text().replace("http://127.0.0.1:", "http://127.0.0.1:1#"))

    with pytest.raises(Unreachable, match=r"read key 'system\.yaml' of Secret jfrog/system-yaml"):
        reached(str(path)).read()


def test_an_unknown_context_is_told(cluster: FakeCluster, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no access to a cluster"):
        reached(cluster.kubeconfig(tmp_path), context="absent").read()


def test_a_kubeconfig_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no access to a cluster"):
        reached(str(tmp_path / "absent")).read()
