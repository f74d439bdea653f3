"""Local repositories that hold artifacts become one federated repository; nothing is moved or copied by hand."""

import pulumi

import pulumi_jpd as jpd

EXPECT_SITES = ("eu", "us")
EXPECT_CREATED = ("eu-us", "archive")
EXPECT_DRIFT = "eu: description is 'edited by hand', declared 'One archive, on two sites'"
EXPECT_LEFT = ("eu/archive", "us/archive")  # destroy makes them local again, with everything that they hold by then

trust = jpd.BindingToken("eu-us", source="eu", target="us")

archive = jpd.FederatedRepository(
    "archive",
    deployment="eu",
    key="archive",
    package_type="generic",
    description="One archive, on two sites",
    adopt="local",
    deletion_policy="convert_to_local",
    members={
        "us": jpd.FederatedRepositoryMemberArgs(
            adopt="local", deletion_policy="convert_to_local", wait_for_sync_seconds=60
        )
    },
    opts=pulumi.ResourceOptions(depends_on=[trust]),
)

pulumi.export("archive", archive.url)
