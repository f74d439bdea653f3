"""Every spoke shares a repository with the hub and knows nothing of the other spokes."""

import pulumi

import pulumi_jpd as jpd

EXPECT_SITES = ("hq", "plant-a", "plant-b")
EXPECT_CREATED = ("hq-plant-a", "builds-plant-a", "hq-plant-b", "builds-plant-b")
EXPECT_DRIFT = "plant-b: members[plant-b].xray_index is true, declared false"
EXPECT_LEFT = ("plant-a/builds", "plant-b/builds")  # the plants keep theirs when the headquarters leave

SPOKES = {
    "plant-a": jpd.FederatedRepositoryMemberArgs(key="builds", environments=["DEV"], xray_index=True),
    "plant-b": jpd.FederatedRepositoryMemberArgs(key="builds", environments=["PROD"], xray_index=False),
}

for spoke, own in SPOKES.items():
    trust = jpd.BindingToken(f"hq-{spoke}", source="hq", target=spoke)
    repository = jpd.FederatedRepository(
        f"builds-{spoke}",
        deployment="hq",
        key=f"builds-{spoke}",
        package_type="generic",
        description=f"What headquarters and {spoke} exchange",
        members={spoke: own},
        opts=pulumi.ResourceOptions(depends_on=[trust]),
    )
    pulumi.export(spoke, repository.url)
