"""CircleOfTrust: one JPD believes the tokens of another."""

from __future__ import annotations

import pulumi

from ._resource import JpdResource

__all__ = ["CircleOfTrust"]


class CircleOfTrust(JpdResource):
    """One JPD believes the tokens of another, because it trusts its root certificate.

    One-way; declare two for both ways. The certificate is laid into `folder`, or handed out as `secret_data` for the
    Secret that the Helm value `artifactory.circleOfTrustCertificatesSecret` names. A rotated root certificate is drift,
    and the update delivers the new one. Members of a circle are administrators of each other.

    In a circle only tokens travel that expire within `revocable-expiry-threshold`: revocable, non-expiring, reference
    and identity tokens are valid on their issuer alone. Deleting the resource does not end the trust: no call removes a
    certificate that Access has taken up.

    Id: `<deployment>/<trusts>`, for example `eu/us`: eu trusts us.

    Errors: a certificate that is none, is not an authority's or comes with a private key fails the preview. A folder
    that cannot be written, another certificate than the declared one, and a token that is still not believed after
    `verify_seconds` fail the update.

    Source: contract trust 4 and 10.3; how-to-establish-a-circle-of-trust, validate-target-for-circle-of-trust.
    """

    kind = "CircleOfTrust"
    computed = ("fingerprint", "not_after", "verified", "delivered_to", "secret_data")

    deployment: pulumi.Output[str]
    """The deployment that trusts."""

    trusts: pulumi.Output[str]
    """The deployment that is trusted."""

    folder: pulumi.Output[str | None]
    """The trusting JPD's folder for certificates."""

    file_name: pulumi.Output[str | None]
    """Name of the certificate's file; None: `<trusts>.crt`."""

    certificate: pulumi.Output[str | None]
    """The certificate that is expected; None: whatever `trusts` has."""

    verify_seconds: pulumi.Output[int | None]
    """How long a create waits for the trust; None: the default."""

    fingerprint: pulumi.Output[str]
    """SHA-256 of the delivered certificate, in hex."""

    not_after: pulumi.Output[str]
    """When the certificate ends; ISO 8601, UTC."""

    verified: pulumi.Output[bool]
    """Whether the trusting side believed a token when it was last asked."""

    delivered_to: pulumi.Output[str]
    """The file that was written, if one was."""

    secret_data: pulumi.Output[dict[str, str]]
    """File name -> PEM, for the Helm chart's Secret. Certificates are public."""

    def __init__(
        self,
        resource_name: str,
        *,
        deployment: pulumi.Input[str],
        trusts: pulumi.Input[str],
        folder: pulumi.Input[str] | None = None,
        file_name: pulumi.Input[str] | None = None,
        certificate: pulumi.Input[str] | None = None,
        verify_seconds: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare trust in one direction.

        Args:
            resource_name: The resource's name in the Pulumi program.
            deployment: Deployment that trusts. Another one replaces the resource.
            trusts: Deployment whose tokens are believed. Another one replaces the resource.
            folder: The trusting JPD's `etc/access/keys/trusted`, as a path of the machine where Pulumi runs. Left out,
                nothing is written; use `secret_data`.
            file_name: Name of the file, ending with .crt; default: `<trusts>.crt`.
            certificate: The expected root certificate as PEM; another one is refused. Default: trust on first use.
            verify_seconds: How long to wait until a token is believed; 0 to 60, default 10.
            opts: Pulumi's resource options.
        """
        inputs = {
            "deployment": deployment,
            "trusts": trusts,
            "folder": folder,
            "file_name": file_name,
            "certificate": certificate,
            "verify_seconds": verify_seconds,
        }
        super().__init__(resource_name, inputs, opts)
