"""DeploymentRegistration: a JPD in the registry of another one's Mission Control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from ._resource import JpdResource

__all__ = ["DeploymentRegistration"]


class DeploymentRegistration(JpdResource):
    """A JPD in the registry of another one's Mission Control.

    The registration is made with a pairing token of the target, which is used at once and stored nowhere. When Mission
    Control calls the JPD UNAUTHORIZED, the trust was lost; the preview says so and the next update pairs again. An
    entry with the same URL and name is taken over.

    Id: `<home>/<target>`, for example `eu/us`.

    Errors: a URL that others cannot call, a country that is no two letters, and a home without Mission Control fail
    the preview. A target that home cannot reach, and a URL that is registered under another name, fail the update.

    Source: contract trust 3 and 10.2; administration/reference/addjpd.
    """

    kind = "DeploymentRegistration"
    computed = ("jpd_id", "base_url", "status", "status_message")

    home: pulumi.Output[str]
    """The deployment whose Mission Control keeps the registry."""

    target: pulumi.Output[str]
    """The registered deployment."""

    name: pulumi.Output[str | None]
    """How Mission Control calls it; None: the name of `target`."""

    url: pulumi.Output[str | None]
    """Where home reaches it; None: the base URL of `target`."""

    location: pulumi.Output[dict[str, Any] | None]
    """Where it is on the map."""

    tags: pulumi.Output[list[str] | None]
    """Tags; None: not managed."""

    join_key: pulumi.Output[str | None]
    """The target's join key, where it is used in place of a pairing token; secret."""

    jpd_id: pulumi.Output[str]
    """Mission Control's id, for example `JPD-2`."""

    base_url: pulumi.Output[str]
    """Where the target says that it is."""

    status: pulumi.Output[str]
    """ONLINE, OFFLINE, PARTIAL or UNAUTHORIZED, when last read."""

    status_message: pulumi.Output[str]
    """The status in Mission Control's words."""

    def __init__(
        self,
        resource_name: str,
        *,
        home: pulumi.Input[str],
        target: pulumi.Input[str],
        name: pulumi.Input[str] | None = None,
        url: pulumi.Input[str] | None = None,
        location: pulumi.Input[Mapping[str, Any]] | None = None,
        tags: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        join_key: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a registration.

        Args:
            resource_name: The resource's name in the Pulumi program.
            home: Deployment whose Mission Control keeps the registry. Another one replaces the registration.
            target: Deployment that is registered. Another one replaces the registration.
            name: How Mission Control calls it; default: the name of `target`.
            url: Where home reaches it; a trailing slash is added; default: the base URL of `target`.
            location: `{"city_name": "Paris", "country_code": "FR", "latitude": 48.85, "longitude": 2.35}`. Required.
            tags: Tags for searching; left out, they are left alone. Their order means nothing.
            join_key: The target's join key in place of a pairing token. Always secret. Refused where home is 7.59.9 to
                7.63.7; prefer to leave it out.
            opts: Pulumi's resource options.
        """
        inputs = {
            "home": home,
            "target": target,
            "name": name,
            "url": url,
            "location": location,
            "tags": tags,
            "join_key": None if join_key is None else pulumi.Output.secret(join_key),
        }
        secret = pulumi.ResourceOptions(additional_secret_outputs=["join_key"])
        super().__init__(resource_name, inputs, pulumi.ResourceOptions.merge(opts, secret))
