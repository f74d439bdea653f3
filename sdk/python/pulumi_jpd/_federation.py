"""Federation: sites, the trust between them, and the repositories that they share, in one declaration."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import pulumi

from ._binding_token import BindingToken
from ._federated_repository import FederatedRepository
from ._repository_args import FederationRepositoryArgs

__all__ = ["Federation"]


class Federation(pulumi.ComponentResource):
    """A full mesh of trust between sites, and one FederatedRepository with `members` for each shared repository.

    A site that is added later joins every repository; one that is removed leaves them before its trust is dropped, and
    keeps its repositories unless a deletion policy says otherwise.

    Children are named after what they are: `<name>-eu-us` for the trust of a pair, `<name>-docker-local` for a
    repository.

    Errors: fewer than two sites, more than ten, a hub that is no site, and an override for a site that is none raise
    ValueError when the program runs.

    Source: contract federation 1.5, trust 2.5.
    """

    bindings: dict[tuple[str, str], BindingToken]
    """The trust of each pair of sites, in the order in which the sites are given."""

    repositories: dict[str, FederatedRepository]
    """The repositories by their key."""

    def __init__(
        self,
        resource_name: str,
        *,
        sites: Sequence[str],
        repositories: Mapping[str, FederationRepositoryArgs],
        hub: str | None = None,
        renew_before_days: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a federation.

        Args:
            resource_name: The resource's name in the Pulumi program.
            sites: Names of 2 to 10 deployments.
            repositories: The shared repositories by their key; `repositories_for` makes them from package types.
            hub: The site whose repositories the others join; default: the first one.
            renew_before_days: Days before the expiry of a pairing from which on an update renews it; default 30.
            opts: Pulumi's resource options.
        """
        super().__init__("jpd:index:Federation", resource_name, None, opts)
        hub = hub or next(iter(sites), "")
        _refuse_wrong(sites, hub, repositories)
        self.bindings = {
            (one, other): BindingToken(
                f"{resource_name}-{one}-{other}",
                source=one,
                target=other,
                renew_before_days=renew_before_days,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for one, other in itertools.combinations(sites, 2)
        }
        others = [site for site in sites if site != hub]
        after_trust = pulumi.ResourceOptions(parent=self, depends_on=list(self.bindings.values()))
        self.repositories = {
            key: FederatedRepository(
                f"{resource_name}-{key}",
                deployment=hub,
                key=key,
                members={site: args.of_member(site) for site in others},
                **args.of_hub(hub),
                opts=after_trust,
            )
            for key, args in repositories.items()
        }
        self.register_outputs({"urls": {key: repository.url for key, repository in self.repositories.items()}})


def _refuse_wrong(sites: Sequence[str], hub: str, repositories: Mapping[str, FederationRepositoryArgs]) -> None:
    if isinstance(sites, str) or not 2 <= len(set(sites)) <= 10 or len(set(sites)) != len(sites):
        raise ValueError(f"a federation has 2 to 10 different sites, not {list(sites)}")
    if hub not in sites:
        raise ValueError(f"the hub '{hub}' is none of the sites {', '.join(sites)}")
    for key, args in repositories.items():
        unknown = sorted(set(args.overrides or {}) - set(sites))
        if unknown:
            raise ValueError(f"repository '{key}' has overrides for {', '.join(unknown)}, which is none of the sites")
