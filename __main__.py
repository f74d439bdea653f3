import pulumi

import pulumi_jpd as jpd

trust = jpd.BindingToken("eu-us", source="eu", target="us")

repository = jpd.FederatedRepository(
    "demo-generic",
    deployment="eu",
    key="demo-generic",
    package_type="generic",
    description="Shared by every site",
    force_destroy=True,  # a quickstart is thrown away with its artifacts; leave this out for a repository that matters
    opts=pulumi.ResourceOptions(depends_on=[trust]),
)
member = jpd.FederationMember(
    "demo-generic-us",
    deployment="eu",
    repository_key=repository.key,
    member="us",
    deletion_policy="delete_repository",  # likewise: the default, "detach", leaves the repository on us
    force_destroy=True,
    opts=pulumi.ResourceOptions(depends_on=[trust]),
)

pulumi.export("hub", member.hub_url)
pulumi.export("member", member.url)
pulumi.export("trusted_until", trust.expires_at)
