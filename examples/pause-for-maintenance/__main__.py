"""A site is paused while it is maintained; what was deployed meanwhile arrives when it is resumed."""

import pulumi

import pulumi_jpd as jpd

EXPECT_SITES = ("eu", "us")
EXPECT_CREATED = ("eu-us", "nightly")
EXPECT_DRIFT = "us: members[us].enabled is false, declared true"
EXPECT_LEFT = ()

maintained = pulumi.Config().get("maintained")  # the site that is being maintained, if any

trust = jpd.BindingToken("eu-us", source="eu", target="us")

nightly = jpd.FederatedRepository(
    "nightly",
    deployment="eu",
    key="nightly",
    package_type="generic",
    sync_enabled=maintained != "eu",
    members={
        "us": jpd.FederatedRepositoryMemberArgs(
            enabled=maintained != "us", deletion_policy="delete_repository", force_destroy=True
        )
    },
    force_destroy=True,  # nightly builds can be built again
    opts=pulumi.ResourceOptions(depends_on=[trust]),
)

pulumi.export("nightly", nightly.url)
