"""The part of a Kubernetes API server that one Secret needs, with the real client on the other side.

GET and server-side apply of `/api/v1/namespaces/{namespace}/secrets/{name}`; a version that is bumped by each write and
compared with the one that the body names; who owns which data key.
"""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class FakeCluster:
    """Serves one Secret, `jfrog/system-yaml`."""

    PATH = "/api/v1/namespaces/jfrog/secrets/system-yaml"

    def __init__(self) -> None:
        self.secret: dict[str, Any] | None = None
        self.owners: dict[str, str] = {}
        self.refuse: tuple[int, str] | None = None
        self.version = 0
        self.put("other-key", b"kept")
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                cluster._answer(self, lambda: cluster.secret)

            def do_PATCH(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                cluster._answer(self, lambda: cluster._apply(self, body))

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def kubeconfig(self, folder: Path) -> str:
        """A kubeconfig that leads here."""
        path = folder / "kubeconfig"
        cluster = {"server": f"http://127.0.0.1:{self._server.server_port}"}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "test", "user": {"token": "kube-token-0123456789"}}],
        }
        path.write_text(json.dumps(content))
        return str(path)

    def put(self, key: str, content: bytes) -> None:
        """Write a data key as an administrator does."""
        data = dict(self.secret["data"]) if self.secret else {}
        self.version += 1
        metadata = dict(self.secret["metadata"]) if self.secret else {"name": "system-yaml", "namespace": "jfrog"}
        metadata |= {"uid": "5ec7e7", "resourceVersion": str(self.version)}
        data[key] = base64.b64encode(content).decode()
        rest = self.secret or {"apiVersion": "v1", "kind": "Secret", "type": "Opaque"}
        self.secret = {**rest, "metadata": metadata, "data": data}

    def get(self, key: str) -> bytes:
        assert self.secret is not None
        return base64.b64decode(self.secret["data"][key])

    def _apply(self, request: BaseHTTPRequestHandler, body: dict[str, Any]) -> dict[str, Any] | None:
        assert request.headers["Content-Type"] == "application/apply-patch+yaml"
        assert self.secret is not None
        if body["metadata"]["resourceVersion"] != self.secret["metadata"]["resourceVersion"]:
            return None
        for key, value in body["data"].items():
            self.put(key, base64.b64decode(value))
            self.owners[key] = request.path.partition("fieldManager=")[2].partition("&")[0]
        return self.secret

    def _answer(self, request: BaseHTTPRequestHandler, act: Any) -> None:
        status, reason, body = 200, "OK", None
        if self.refuse:
            status, reason = self.refuse
        elif self.secret is None or not request.path.startswith(self.PATH):
            status, reason = 404, "Not Found"
        elif (body := act()) is None:
            status, reason = 409, "Conflict"
        text = json.dumps(body or {"kind": "Status", "apiVersion": "v1", "code": status}).encode()
        request.send_response(status, reason)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)
