"""Topology files: which JPDs there are, who trusts whom, and what they hold. YAML or JSON.

Rule 1: every mistake of a file is reported, each with its line.
Rule 2: what the file can say is in the tables below; an unknown word is a mistake.
Rule 3: the fields of repositories are the product's; those that are not named here go to it as they are.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from jpd_sim.state.profile import Profile
from jpd_sim.topology import (
    NAME,
    ArtifactEntry,
    BadTopology,
    JpdEntry,
    MemberEntry,
    Mistake,
    RepositoryEntry,
    Topology,
    TrustEntry,
    UserEntry,
)

_PROFILE = {each.name: type(getattr(Profile(), each.name)) for each in fields(Profile)}


def parse(text: str, known: tuple[str, ...] = ()) -> Topology:
    """The topology of a text; BadTopology with all mistakes. `known` are JPDs that are there already."""
    reader = _Reader(known)
    topology = reader.topology(_load(text))
    if reader.mistakes:
        raise BadTopology(sorted(reader.mistakes, key=lambda mistake: mistake.line))
    return topology


def _load(text: str) -> CommentedMap:
    if text.lstrip().startswith("{"):
        text = text.replace("\t", " ")  # JSON allows tabs between its tokens, YAML does not
    try:
        document = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadTopology([Mistake(mark.line + 1 if mark else 0, str(error.problem or error.context))]) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise BadTopology([Mistake(0, f"neither YAML nor JSON: {error}")]) from error
    if document is None:
        return CommentedMap()
    if not isinstance(document, CommentedMap):
        raise BadTopology([Mistake(1, "a topology is a mapping with the keys " + ", ".join(_SECTIONS))])
    return document


_SECTIONS = ("deployments", "trust", "repositories", "federations", "artifacts")


class _Reader:
    """Walks a document, notes mistakes, and goes on."""

    def __init__(self, known: tuple[str, ...]) -> None:
        self.mistakes: list[Mistake] = []
        self._jpds: list[str] = list(known)
        self._keys: set[tuple[str, str]] = set()

    def topology(self, document: CommentedMap) -> Topology:
        """The sections in the order in which they depend on each other."""
        self._known_keys(document, _SECTIONS, "a topology")
        jpds = tuple(self._deployments(document))
        trust = tuple(self._trust(document))
        local = [self._repository(entry, line) for entry, line in self._entries(document, "repositories")]
        federated = [self._federation(entry, line) for entry, line in self._entries(document, "federations")]
        artifacts = [self._artifact(entry, line) for entry, line in self._entries(document, "artifacts")]
        return Topology(
            jpds,
            trust,
            tuple(each for each in [*local, *federated] if each is not None),
            tuple(each for each in artifacts if each is not None),
        )

    def _deployments(self, document: CommentedMap) -> Iterator[JpdEntry]:
        section = document.get("deployments")
        if section is None:
            return
        if not isinstance(section, CommentedMap):
            self._note(_line(document, "deployments"), "deployments must map names to settings")
            return
        self._jpds += [str(name) for name in section if str(name) not in self._jpds]
        for name, settings in section.items():
            line = _line(section, name)
            if not isinstance(name, str) or not NAME.fullmatch(name):
                self._note(line, f"{name!r} is no name of a JPD: use a-z, 0-9 and -, at most 32 characters")
                continue
            if settings is None:
                yield JpdEntry(name, line)
            elif isinstance(settings, CommentedMap):
                yield self._deployment(name, line, settings)
            else:
                self._note(line, f"the settings of {name} must be a mapping")

    def _deployment(self, name: str, line: int, settings: CommentedMap) -> JpdEntry:
        self._known_keys(settings, ("nodes", "users", *_PROFILE), f"the JPD {name}")
        profile = {key: self._typed(settings, key, kind) for key, kind in _PROFILE.items() if key in settings}
        users = tuple(self._user(entry) for entry, _ in self._entries(settings, "users"))
        nodes = self._typed(settings, "nodes", int, default=1)
        version = profile.get("version")
        if version is not None and not re.fullmatch(r"\d+\.\d+\.\d+", str(version)):
            self._note(_line(settings, "version"), f"version must look like 7.111.4, not {version!r}")
        return JpdEntry(name, line, nodes, users, profile)

    def _user(self, entry: CommentedMap) -> UserEntry:
        self._known_keys(entry, ("name", "password", "admin"), "a user")
        name, password = (self._typed(entry, each, str, required=True) for each in ("name", "password"))
        return UserEntry(name, password, self._typed(entry, "admin", bool, default=False))

    def _trust(self, document: CommentedMap) -> Iterator[TrustEntry]:
        section = document.get("trust")
        for index, entry in enumerate(self._sequence(document, "trust", section)):
            line = _line(section, index)
            if isinstance(entry, CommentedMap):
                self._known_keys(entry, ("source", "target"), "one-way trust")
                yield TrustEntry(self._jpd(entry, "source", line), self._jpd(entry, "target", line), line)
            elif isinstance(entry, CommentedSeq) and len(entry) > 1 and all(isinstance(each, str) for each in entry):
                for name in entry:
                    self._check_jpd(name, line)
                yield from (TrustEntry(one, other, line) for one in entry for other in entry if one != other)
            else:
                self._note(line, "trust is a list of names, [eu, us], or {source: eu, target: us} for one way")

    def _repository(self, entry: CommentedMap, line: int) -> RepositoryEntry | None:
        deployment, key = self._jpd(entry, "deployment", line), self._key(entry, line)
        body = {str(name): value for name, value in entry.items() if name not in {"deployment", "key"}}
        if body.get("rclass") == "federated":
            self._note(line, "federated repositories stand under federations")
        self._claim(deployment, key, line)
        return RepositoryEntry(deployment, key, line, _plain({"rclass": "local", **body}))

    def _federation(self, entry: CommentedMap, line: int) -> RepositoryEntry | None:
        key = self._key(entry, line)
        section = entry.get("members")
        members = [
            member
            for index, raw in enumerate(self._sequence(entry, "members", section))
            if (member := self._member(raw, key, _line(section, index)))
        ]
        if not members:
            self._note(line, "a federation needs members")
            return None
        body = {str(name): value for name, value in entry.items() if name not in {"key", "members"}}
        hub, *others = members
        return RepositoryEntry(hub.deployment, hub.key, line, _plain({**body, "rclass": "federated"}), (hub, *others))

    def _member(self, raw: object, key: str, line: int) -> MemberEntry | None:
        if isinstance(raw, str):
            self._check_jpd(raw, line)
            member = MemberEntry(raw, key)
        elif isinstance(raw, CommentedMap):
            self._known_keys(raw, ("deployment", "key", "enabled"), "a member")
            own = self._typed(raw, "key", str, default=key)
            member = MemberEntry(
                self._jpd(raw, "deployment", line), own, self._typed(raw, "enabled", bool, default=True)
            )
        else:
            self._note(line, "a member is a name, or {deployment: eu, key: ..., enabled: ...}")
            return None
        self._claim(member.deployment, member.key, line)
        return member

    def _artifact(self, entry: CommentedMap, line: int) -> ArtifactEntry | None:
        self._known_keys(entry, ("deployment", "path", "content", "size", "properties"), "an artifact")
        path = self._typed(entry, "path", str, required=True)
        if "content" in entry and "size" in entry:
            self._note(line, "an artifact has content or a size, not both")
        size = self._typed(entry, "size", int, default=0)
        if not 0 <= size <= _LARGEST_ARTIFACT:
            self._note(_line(entry, "size"), f"size must be between 0 and {_LARGEST_ARTIFACT}, not {size}")
            size = 0
        content = self._typed(entry, "content", str, default="").encode() if "content" in entry else _filler(path, size)
        return ArtifactEntry(self._jpd(entry, "deployment", line), path, line, content, self._properties(entry))

    def _properties(self, entry: CommentedMap) -> dict[str, tuple[str, ...]]:
        section = entry.get("properties", CommentedMap())
        if not isinstance(section, CommentedMap):
            self._note(_line(entry, "properties"), "properties must map names to a value or a list of values")
            return {}
        return {
            str(name): tuple(str(each) for each in value) if isinstance(value, CommentedSeq) else (str(value),)
            for name, value in section.items()
        }

    def _entries(self, parent: CommentedMap, name: str) -> Iterator[tuple[CommentedMap, int]]:
        section = parent.get(name)
        for index, entry in enumerate(self._sequence(parent, name, section)):
            if isinstance(entry, CommentedMap):
                yield entry, _line(section, index)
            else:
                self._note(_line(section, index), f"an entry of {name} must be a mapping")

    def _sequence(self, parent: CommentedMap, name: str, section: object) -> list[Any]:
        if section is None:
            return []
        if not isinstance(section, CommentedSeq):
            self._note(_line(parent, name), f"{name} must be a list")
            return []
        return list(section)

    def _jpd(self, entry: CommentedMap, name: str, line: int) -> str:
        value: str = self._typed(entry, name, str, required=True)
        if value:
            self._check_jpd(value, line)
        return value

    def _check_jpd(self, name: str, line: int) -> None:
        if name not in self._jpds:
            self._note(line, f"there is no JPD {name!r}" + _meant(name, self._jpds))

    def _key(self, entry: CommentedMap, line: int) -> str:
        key: str = self._typed(entry, "key", str, required=True)
        if "/" in key:
            self._note(line, f"{key!r} is no key of a repository")
        return key

    def _claim(self, deployment: str, key: str, line: int) -> None:
        if (deployment, key.lower()) in self._keys:
            self._note(line, f"{deployment} has a repository {key} already")
        self._keys.add((deployment, key.lower()))

    def _known_keys(self, entry: CommentedMap, known: tuple[str, ...], what: str) -> None:
        for name in entry:
            if name not in known:
                self._note(_line(entry, name), f"{what} has no {name!r}" + _meant(str(name), known))

    def _typed(self, entry: CommentedMap, name: str, kind: type, *, default: Any = None, required: bool = False) -> Any:
        if name not in entry:
            if required:
                self._note(entry.lc.line + 1, f"{name} is missing")
            return kind() if default is None else default
        value = entry[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self._note(
                _line(entry, name),
                f"{name} must be {_KINDS[kind]}" + ("" if name == "password" else f", not {value!r}"),
            )
            return kind() if default is None else default
        return value

    def _note(self, line: int, message: str) -> None:
        self.mistakes.append(Mistake(line, message))


_KINDS = {str: "a text", int: "a whole number", bool: "true or false"}
_LARGEST_ARTIFACT = 64 * 1024 * 1024
"""Our choice: contents are held in memory."""


def _filler(path: str, size: int) -> bytes:
    """Content of a given size that differs from path to path and is the same in every run."""
    unit = f"{path}\n".encode()
    return (unit * (size // len(unit) + 1))[:size]


def _line(parent: Any, at: object) -> int:
    """The line of an entry of a mapping or list, counted from 1."""
    position = parent.lc.data.get(at)
    return int(position[0]) + 1 if position else int(parent.lc.line) + 1


def _meant(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known) or 'none'}"


def _plain(value: Any) -> Any:
    """Without the types of the YAML library."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
