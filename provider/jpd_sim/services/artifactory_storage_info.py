"""Artifactory: how much is stored (contract 9.1). All numbers are text, as people read them; none is empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from jpd_sim.services.replies import json_reply, read_limited
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.repositories import Repository

_UNITS = ("bytes", "KB", "MB", "GB", "TB")
_TOTAL_SPACE = 100 * 1024**3
"""Our choice: the size of the disk that the simulator claims to have."""


@dataclass(frozen=True)
class _Usage:
    folders: int
    files: int
    size: int


class StorageInfo:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/api/storageinfo", self.read, Right.ADMIN, "9.1 storageinfo"),
            Route("POST", "/api/storageinfo/calculate", self.calculate, Right.ADMIN, "9.1 storageinfo calculate"),
        ]

    async def calculate(self, call: Call) -> Response:
        """9.1: 202; the summary here is always of now."""
        await read_limited(call.request)
        return json_reply({"info": "Calculating storage summary has been successfully scheduled to run"}, status=202)

    async def read(self, _call: Call) -> Response:
        """9.1: binaries, the disk, and each repository with a total."""
        usage = {repository.key: self._usage(repository.key) for repository in self._deployment.repositories}
        size = sum(each.size for each in usage.values())
        stored = {
            item.checksums.sha256: item.size
            for repository in self._deployment.repositories
            for item in self._deployment.items(repository.key).files()
            if item.checksums is not None
        }
        files = sum(each.files for each in usage.values())
        binaries = {
            "binariesCount": f"{len(stored):,}",
            "binariesSize": _text(sum(stored.values())),
            "artifactsSize": _text(size),
            "optimization": _percent(sum(stored.values()), size),
            "itemsCount": f"{files + sum(each.folders for each in usage.values()):,}",
            "artifactsCount": f"{files:,}",
        }
        rows = [self._row(repository, usage[repository.key], size) for repository in self._deployment.repositories]
        return json_reply(
            {
                "binariesSummary": binaries,
                "fileStoreSummary": _disk(sum(stored.values())),
                "repositoriesSummaryList": [*rows, _total(list(usage.values()), size)],
            }
        )

    def _usage(self, key: str) -> _Usage:
        items = list(self._deployment.items(key).below(""))
        folders = sum(item.folder for item in items)
        return _Usage(folders, len(items) - folders, sum(item.size for item in items))

    def _row(self, repository: Repository, usage: _Usage, size: int) -> dict[str, Any]:
        row = {
            "repoKey": f"{repository.key}-cache" if repository.rclass == "remote" else repository.key,
            "repoType": "CACHE" if repository.rclass == "remote" else repository.rclass.upper(),
            "packageType": repository.package_type.capitalize(),
            "projectKey": repository.settings.get("projectKey") or "default",
            "percentage": _percent(usage.size, size),
        }
        return {**row, **_counts(usage)}


def _total(usages: list[_Usage], size: int) -> dict[str, Any]:
    total = _Usage(sum(each.folders for each in usages), sum(each.files for each in usages), size)
    kind = {"repoKey": "TOTAL", "repoType": "NA", "packageType": "NA", "projectKey": "NA", "percentage": "100%"}
    return {**kind, **_counts(total)}


def _counts(usage: _Usage) -> dict[str, Any]:
    return {
        "foldersCount": usage.folders,
        "filesCount": usage.files,
        "itemsCount": usage.folders + usage.files,
        "usedSpace": _text(usage.size),
        "usedSpaceInBytes": usage.size,
    }


def _disk(used: int) -> dict[str, str]:
    free = max(_TOTAL_SPACE - used, 0)
    return {
        "storageType": "file-system",
        "storageDirectory": "/var/opt/jfrog/artifactory/data/artifactory/filestore",
        "totalSpace": _text(_TOTAL_SPACE),
        "usedSpace": f"{_text(used)} ({_percent(used, _TOTAL_SPACE)})",
        "freeSpace": f"{_text(free)} ({_percent(free, _TOTAL_SPACE)})",
    }


def _text(size: int) -> str:
    """A size as people read it: `12 bytes`, `50.12 GB`."""
    amount, unit = float(size), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{size} bytes" if unit == 0 else f"{amount:,.2f} {_UNITS[unit]}"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}%" if whole else "0%"
