"""Three sites, a full mesh of trust, and one repository for each package type: one component."""

import pulumi

import pulumi_jpd as jpd

EXPECT_SITES = ("eu", "us", "ap")
EXPECT_CREATED = (
    "shared",
    "shared-eu-us",
    "shared-eu-ap",
    "shared-us-ap",
    "shared-docker-local",
    "shared-npm-local",
    "shared-pypi-local",
    "shared-team-downloads",
)
EXPECT_DRIFT = "ap: repository 'npm-local' is gone"
EXPECT_LEFT = ()

federation = jpd.Federation(
    "shared",
    sites=["eu", "us", "ap"],
    repositories={
        **jpd.repositories_for(["docker", "npm", "pypi"], description="On every site", delete_on_all_sites=True),
        "team-downloads": jpd.FederationRepositoryArgs(
            "generic",
            includes_pattern="releases/**",
            delete_on_all_sites=True,
            overrides={"ap": jpd.FederatedRepositoryMemberArgs(xray_index=True)},
        ),
    },
)

pulumi.export("urls", {key: repository.url for key, repository in federation.repositories.items()})
