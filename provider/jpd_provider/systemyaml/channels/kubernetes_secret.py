"""`kubernetes_secret`: a system.yaml in one data key of a Secret (`systemYamlOverride.existingSecret` of the charts).

The write is a server-side apply of that one key under a field manager of our own, bound to the version that was read.
Nothing else of the Secret is read into anything or written: it may hold join key, master key and database passwords.

Rule 1: a Secret that Helm owns is refused. The next `helm upgrade` would revert the change, and no pod would restart.
Rule 2: no rollout happens by itself: the charts' checksum does not see such a Secret (contract/router-jfconnect 6).
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable
from typing import Any

from jpd_provider import redaction
from jpd_provider.errors import JpdError, MissingExtra, Unreachable, UserError
from jpd_provider.systemyaml.document import decode
from jpd_provider.systemyaml.nodes import KubernetesSecret

from .contract import ChangedMeanwhile, FileMissing, Snapshot

__all__ = ["FIELD_MANAGER", "KubernetesSecretChannel"]

FIELD_MANAGER = "pulumi-jpd"

_TIMEOUT_SECONDS = (10, 60)


class KubernetesSecretChannel:
    """One data key of one Secret."""

    def __init__(self, secret: KubernetesSecret, *, address: str, name: str) -> None:
        self._secret = secret
        self._address = address
        self._name = name

    @property
    def address(self) -> str:
        """Context, namespace, Secret and key, as a URL."""
        return self._address

    def describe(self) -> str:
        """Namespace, Secret and key, for people."""
        return f"key '{self._secret.key}' of Secret {self._secret.namespace}/{self._secret.secret}"

    def read(self) -> Snapshot:
        """The key's content now."""
        found = self._call("read", lambda api: api.read_namespaced_secret(**self._identity()))
        return self._snapshot(found)

    def write(self, text: str, *, expecting: str) -> Snapshot:
        """Replace the key's content, unless the Secret is another one by now."""
        present = self._call("read", lambda api: api.read_namespaced_secret(**self._identity()))
        if self._snapshot(present).fingerprint != expecting:
            raise ChangedMeanwhile(self.describe())
        self._refuse(present)
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": self._secret.secret, "resourceVersion": present.metadata.resource_version},
            "data": {self._secret.key: base64.b64encode(text.encode()).decode()},
        }
        # Forced: whoever made the Secret owns the key until now, and only this key is in the body.
        done = self._call(
            "write",
            lambda api: api.patch_namespaced_secret(
                **self._identity(),
                body=body,
                field_manager=FIELD_MANAGER,
                force=True,
                _content_type="application/apply-patch+yaml",
            ),
        )
        return self._snapshot(done)

    def _identity(self) -> dict[str, Any]:
        return {
            "name": self._secret.secret,
            "namespace": self._secret.namespace,
            "_request_timeout": _TIMEOUT_SECONDS,
        }

    def _snapshot(self, found: Any) -> Snapshot:
        encoded = (found.data or {}).get(self._secret.key)
        if encoded is None:
            raise FileMissing(self.describe())
        try:
            text = decode(base64.b64decode(encoded, validate=True))
        except binascii.Error:
            raise UserError(f"{self.describe()} is no Base64.", hint="Make the Secret anew.") from None
        return Snapshot(text, f"{found.metadata.uid}/{found.metadata.resource_version}")

    def _refuse(self, found: Any) -> None:
        labels, annotations = found.metadata.labels or {}, found.metadata.annotations or {}
        release = annotations.get("meta.helm.sh/release-name")
        if release or labels.get("app.kubernetes.io/managed-by") == "Helm":
            raise UserError(
                f"{self.describe()} belongs to Helm (release '{release or 'unknown'}'); its next upgrade would revert "
                "a change.",
                hint="Leave the node out and give this resource's helm_values to the release, or name a Secret of your "
                "own as systemYamlOverride.existingSecret.",
            )
        if found.immutable:
            raise UserError(
                f"{self.describe()} cannot be changed: the Secret is immutable.",
                hint="Make a Secret without `immutable: true` under another name and give that one to the chart.",
            )

    def _call(self, doing: str, call: Callable[[Any], Any]) -> Any:
        library = _library()
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - comes with the extra

        try:
            with self._connected(library) as client:
                return call(library.client.CoreV1Api(client))
        except library.client.ApiException as error:
            raise self._refused(doing, error) from None  # its text quotes the answer's body
        except (library.config.ConfigException, OSError) as error:
            raise UserError(
                f"{doing} {self.describe()}: no access to a cluster ({redaction.redact(str(error))}).",
                hint="Name a kubeconfig and a context, or run inside the cluster.",
            ) from error
        except HTTPError as error:
            raise Unreachable(
                f"{doing} {self.describe()}: {redaction.redact(type(error).__name__)}.",
                deployment=self._name,
                hint="Check that the cluster's API server is reachable from here.",
            ) from error

    def _connected(self, library: Any) -> Any:
        """A client of the named cluster. Inside a cluster, and with nothing named, the pod's own account."""
        configuration = library.client.Configuration()
        if self._secret.context is None and self._secret.kubeconfig is None and "KUBERNETES_SERVICE_HOST" in os.environ:
            library.config.load_incluster_config(client_configuration=configuration)
        else:
            library.config.load_kube_config(
                config_file=self._secret.kubeconfig,
                context=self._secret.context,
                client_configuration=configuration,
                persist_config=False,
            )
        configuration.retries = 2
        return library.client.ApiClient(configuration)

    def _refused(self, doing: str, error: Any) -> JpdError:
        where = f"{doing} {self.describe()}"
        if error.status == 404:
            return FileMissing(self.describe())
        if error.status == 409:
            return ChangedMeanwhile(self.describe())
        if error.status in (401, 403):
            verbs = "get" if doing == "read" else "get and patch"
            return UserError(
                f"{where}: the cluster answers {error.status} {error.reason}.",
                hint=f"The account needs the verbs {verbs} on that Secret.",
            )
        return JpdError(f"{where}: the cluster answers {error.status} {error.reason}.")


def _library() -> Any:
    try:
        import kubernetes  # noqa: PLC0415 - an extra; most programs have no node in a cluster
    except ImportError:
        raise MissingExtra("A node in a Kubernetes Secret", "kubernetes") from None
    return kubernetes
