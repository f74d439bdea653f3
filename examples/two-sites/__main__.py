"""Two sites share one repository; what does not federate is set for each site."""

import pulumi

import pulumi_jpd as jpd

EXPECT_SITES = ("eu", "us")
EXPECT_CREATED = ("eu-us", "libs-release", "libs-release-us")
EXPECT_DRIFT = "us: enabled is false, declared true"
EXPECT_LEFT = ("us/libs-release",)  # deletion_policy "detach", the default of a member, keeps its repository

trust = jpd.BindingToken("eu-us", source="eu", target="us")

repository = jpd.FederatedRepository(
    "libs-release",
    deployment="eu",
    key="libs-release",
    package_type="maven",
    description="Released libraries, written on either site",
    excludes_pattern="**/*-SNAPSHOT/**",
    environments=["DEV"],
    opts=pulumi.ResourceOptions(depends_on=[trust]),
)
member = jpd.FederationMember(
    "libs-release-us",
    deployment="eu",
    repository_key=repository.key,
    member="us",
    environments=["PROD"],
    xray_index=True,
    opts=pulumi.ResourceOptions(depends_on=[trust]),
)

pulumi.export("eu", repository.url)
pulumi.export("us", member.url)
