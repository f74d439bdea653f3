"""The federation comparison tool: what a full sync would copy, as a report in a system repository (F3 with isDry).

That the report is JSON, that it lists the files which are here and not there, and where it is stored is documented
(AD/use-the-federation-comparison-tool); its fields are not, and are ours.
"""

from __future__ import annotations

import json

from jpd_sim.federation import full_sync
from jpd_sim.federation.engine import Engine
from jpd_sim.state import repositories
from jpd_sim.state.clock import iso
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.items import Item
from jpd_sim.state.repositories import Member

REPORTS = "jfrog-full-sync-info"
"""Key of the system repository."""
_USER = "_system_"


async def write_report(engine: Engine, key: str, member: Member) -> str:
    """Compare with one member; answers the path of the report, with its repository."""
    deployment = engine.deployment
    missing = [item for item in await full_sync.missing_at(deployment, engine.peers, key, member) if not item.folder]
    now = iso(deployment.now_ms())
    report = {
        "localRepoKey": key,
        "mirror": member.url,
        "created": now,
        "missingFiles": [_row(item) for item in missing],
    }
    name = f"comparison-results/{key}-mirror-comparison-{now.replace(':', '-')}-{member.key}.json"
    _store(deployment, name, json.dumps(report, indent=2).encode())
    return f"{REPORTS}/{name}"


def _row(item: Item) -> dict[str, object]:
    return {"path": item.path, "size": item.size, "sha256": item.checksums.sha256 if item.checksums else ""}


def _store(deployment: Deployment, path: str, content: bytes) -> None:
    if REPORTS not in deployment.repositories:
        deployment.save_repository(repositories.create(REPORTS, {"rclass": "local", "packageType": "generic"}))
    stamp = deployment.stamp()
    deployment.items(REPORTS).put(
        Item(
            path=path,
            created_ms=stamp.milliseconds,
            created_by=_USER,
            modified_ms=stamp.milliseconds,
            modified_by=_USER,
            updated_ms=stamp.milliseconds,
            stamp=stamp,
            checksums=deployment.blobs.put(content),
            size=len(content),
            mime="application/json",
            properties_stamp=stamp,
        )
    )
