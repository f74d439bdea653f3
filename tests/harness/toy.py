"""A dynamic provider over a folder of JSON files, so that the harness is tested without the provider it is meant for.

Each read or write of a file is one *call*; the files `calls` and `limit` in the folder count them and make them fail.
"""

import json
import threading
from pathlib import Path
from typing import Any

from pulumi import dynamic
from pulumi.output import Unknown
from pulumi.runtime import rpc

MANAGED = ("label", "size", "token")
_LOCK = threading.Lock()


class OutOfCallsError(Exception):
    """The folder answers no more."""


class Folder:
    """The world of the toy provider."""

    def __init__(self, path: Path, *, hang: bool = False) -> None:
        self.path = path
        self._hang = hang

    def objects(self) -> dict[str, Any]:
        return {file.stem: json.loads(file.read_text()) for file in sorted(self.path.glob("*.json"))}

    def get(self, id_: str) -> Any:
        self._call()
        file = self.path / f"{id_}.json"
        return json.loads(file.read_text()) if file.exists() else None

    def put(self, id_: str, content: Any) -> None:
        self._call()
        (self.path / f"{id_}.json").write_text(json.dumps(content))

    def remove(self, id_: str) -> None:
        self._call()
        (self.path / f"{id_}.json").unlink(missing_ok=True)

    def calls(self) -> int:
        file = self.path / "calls"
        return int(file.read_text()) if file.exists() else 0

    def arm(self, n: int) -> None:
        """The n-th call from the beginning and all later ones fail."""
        (self.path / "limit").write_text(str(n))

    def disarm(self) -> None:
        (self.path / "limit").unlink(missing_ok=True)

    def _call(self) -> None:
        with _LOCK:
            number = self.calls() + 1
            (self.path / "calls").write_text(str(number))
            limit = self.path / "limit"
            if limit.exists() and number >= int(limit.read_text()):
                if self._hang:
                    threading.Event().wait(60)
                raise OutOfCallsError(f"call {number} is one too many")


def load(kind: str, form: int) -> "ToyProvider":
    return ToyProvider(kind, form)


class ToyProvider(dynamic.ResourceProvider):
    """Kind `Thing` behaves. The others have one fault each, which the harness must bring to light.

    `Blunt` answers diff with a plain yes or no; `Duplicating` makes another index on each create; `Careless` ignores
    that the index could not be written; `Forgetful` reads back a size that nobody asked for.
    """

    serialize_as_secret_always = False

    def __init__(self, kind: str, form: int) -> None:
        self.kind = kind
        self.form = form

    def __reduce__(self) -> Any:
        return load, (self.kind, self.form)

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        self.folder = Folder(Path(req.config.require("toy:folder")), hang=req.config.get("toy:hang") == "yes")
        self.maximum = json.loads(req.config.get("toy:limits") or '{"size": 100}')["size"]

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        size = news.get("size", 1.0)
        failures = []
        if not isinstance(size, (Unknown, float)):
            failures = [dynamic.CheckFailure("size", f"{size!r} is not a number")]
        elif not isinstance(size, Unknown) and size > self.maximum:
            failures = [dynamic.CheckFailure("size", f"{size:g} is more than {self.maximum}")]
        return dynamic.CheckResult(dict(news), failures)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.DiffResult:
        replaces = [key for key in ("key",) if olds.get(key) != news.get(key)]
        first = bool(olds.get("deleteFirst"))
        if self.kind == "Blunt":
            changed = any(olds.get(key) != news.get(key) for key in (*MANAGED, *replaces))
            return dynamic.DiffResult(changes=changed, replaces=replaces, delete_before_replace=first)
        return dynamic.DiffResult(changes=None, replaces=replaces, delete_before_replace=first)

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        id_ = props["key"]
        if props.get("label") == "refused":
            raise PermissionError(f"create {id_}: 403, ask the owner")
        self._index(id_)
        self.folder.put(id_, _managed(props))
        return dynamic.CreateResult(id_, self._outputs(props))

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        live = self.folder.get(id_)
        if live is None:
            return dynamic.ReadResult(None, {})
        inputs = {key: value for key, value in props.items() if key not in ("minted", "nested")} | live
        if self.kind == "Forgetful":
            inputs["size"] = 7
        return dynamic.ReadResult(id_, self._outputs(inputs), inputs)

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.UpdateResult:
        self.folder.put(id_, _managed(news))
        return dynamic.UpdateResult(self._outputs(news))

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        self.folder.remove(id_)
        self.folder.remove(f"{id_}.index")

    def _index(self, id_: str) -> None:
        number = len(self.folder.objects()) if self.kind == "Duplicating" else "index"
        try:
            self.folder.put(f"{id_}.{number}", {"of": id_})
        except OutOfCallsError:
            if self.kind != "Careless":
                raise
            self.folder.disarm()

    def _outputs(self, props: dict[str, Any]) -> dict[str, Any]:
        key = props["key"]
        return props | {"minted": f"mint-{key}", "nested": {"inner": rpc.wrap_rpc_secret(f"inner-{key}")}}


def _managed(props: dict[str, Any]) -> dict[str, Any]:
    return {key: props[key] for key in MANAGED if key in props}
