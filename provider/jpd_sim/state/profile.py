"""Where the sources contradict each other or are silent: the choice, and the switch to the other choice.

The defaults take the first official form. Each field names its row of the contract.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from jpd_sim.state.errors import Refused
from jpd_sim.state.versions import number

RTFS_SINCE = "7.104.2"
"""First version with the Federation Service (3.2)."""


@dataclass(frozen=True)
class Profile:
    """Behaviour of one JPD that documentation leaves open."""

    version: str = "7.111.21"
    """Product version that `system/version` reports and that `X-JFrog-Version` carries."""
    licence: str = "Enterprise Plus"
    """Licence kind (U16: the pages disagree on its name)."""
    rtfs: bool = False
    """Federation engine: False is the engine inside Artifactory, the default of self-hosted installations (3.1)."""
    missing_repository_status: int = 400
    """R3 and R4 of a missing repository (U1: the OpenAPI text says 404)."""
    batch_conflict_status: int = 409
    """R10 of keys that exist (U2: docs.jfrog.com says 400)."""
    licences_as_object: bool = False
    """`system/licenses`: False is the array of the OpenAPI text, True the object `{"licenses": [...]}` (9, 9.1)."""
    keep_local_change_when_peer_is_down: bool = True
    """1.5: saving with an unreachable member answers T-1; whether the local part is kept is inferred."""
    master_token_seconds: int = 31_536_000
    """Life of a master token: one year (trust 2.1)."""
    pairing_token_seconds: int = 300
    """Life of a pairing token (trust 2.1)."""
    mission_control: bool = True
    """`mc.enabled` of system.yaml (trust 3)."""
    shows_bindings: bool = True
    """Whether `system/configuration` has the block `authentication/tokens` (trust 9, item 11: unconfirmed)."""
    persistence_threshold_seconds: int = 10_800
    """Access tokens that live shorter are not stored; reading them answers 404 (trust 5)."""
    default_token_seconds: int = 31_536_000
    """Life of an access token that was created without `expires_in` (trust 5, inferred)."""
    binary_max_retry: int = 10
    """Tries before a binary import fails for good (7.2)."""
    binary_first_retry_ms: int = 30_000
    """Wait before a failed binary import is tried again (7.2); that later waits are as long is inferred."""
    binary_importers: int = 6
    """`numberOfRemoteImporters`: binaries that are imported in the background at the same time (7.2)."""
    binary_local_importers: int = 6
    """`numberOfLocalImporters`: binaries that are fetched on demand at the same time (7.2)."""
    event_max_retry: int = 60
    """Failures in a row after which a queue is exhausted (7.2); the product's number is not documented, this is ours,
    about a minute."""
    event_retention_ms: int = 259_200_000
    """Age at which events are purged, sent or not: the documentation's example of three days (7.2)."""
    auto_healing_enabled: bool = False
    """`artifactory.auto.healing.enabled`, heeded from 7.71.1 until 7.82, where auto-healing is always on (7.2)."""
    auto_healing_interval_ms: int = 600_000
    """How often auto-healing looks for exhausted queues; the product's interval is not documented, this is ours."""
    lag_threshold_ms: int = 5_000
    """Lag above which a connection is DELAYED (6): the default of L4; `...metrics.sync.threshold.time.ms`."""
    propagate_upload_info: bool = False
    """`federated.mirror.events.upload.info.propagate.enabled`: the target's part of F8."""
    event_table_migrating: bool = False
    """Whether the event table migrates after an upgrade, so that F16 answers T-4."""
    full_sync_answers_json: bool = False
    """F3 and F4: text, as in the help pages, or the object of the OpenAPI text (U3)."""
    state_has_long_names: bool = False
    """L3: `key` and `remoteKey`, or `localRepoKey` and `remoteRepoKey` of the help page (U4)."""
    state_list_is_names: bool = False
    """M2: `supported` of the help page, or `isSupported` and so on of the OpenAPI text (U5)."""
    not_available_text: str = "N/A"
    """M2 and M3: `N/A`, as in the samples, or `NOT_AVAILABLE`, as M1 counts it (U6)."""
    unavailable_mirrors_as_object: bool = False
    """L5: an array, or the object `{"unavailableMirrors": [...]}` that one client decodes (U7)."""

    def __post_init__(self) -> None:
        if self.rtfs and not self.at_least(RTFS_SINCE):
            raise Refused(f"The Federation Service needs version {RTFS_SINCE}, not {self.version}")

    def at_least(self, version: str) -> bool:
        """Whether the simulated product is this version or a later one."""
        return number(self.version) >= number(version)

    @property
    def heals_itself(self) -> bool:
        """Whether exhausted queues are taken up again periodically: always from 7.82, by a property from 7.71.1."""
        return self.at_least("7.82.0") or (self.auto_healing_enabled and self.at_least("7.71.1"))

    @property
    def one_environment(self) -> bool:
        """Whether a repository has at most one environment: from 7.53.1 until 7.107.1 (1.3)."""
        return self.at_least("7.53.1") and not self.at_least("7.107.1")

    @property
    def shows_default_project(self) -> bool:
        """Whether an unassigned repository has `"projectKey": "default"`: a bug until 7.68.7 (1.3)."""
        return not self.at_least("7.68.7")

    @functools.cached_property
    def revision(self) -> str:
        """The build number that goes with the version, for example `711104900` for 7.111.4 (form from 9)."""
        major, minor, patch = number(self.version)[:3]
        return f"{major}{minor:02d}{patch:02d}900"
