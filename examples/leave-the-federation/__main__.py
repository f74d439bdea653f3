"""A site leaves the federation: it keeps its content, gets nothing new, and is trusted no longer."""

import pulumi

import pulumi_jpd as jpd

EXPECT_SITES = ("eu", "us", "ap")
EXPECT_CREATED = ("team", "team-eu-us", "team-eu-ap", "team-us-ap", "team-models")
EXPECT_DRIFT = "us: description is 'edited by hand', on eu it is 'Trained models'"
EXPECT_LEFT = ("us/models", "ap/models")  # a site keeps its repository when it leaves, and when the federation ends

sites = pulumi.Config().get_object("sites") or ["eu", "us", "ap"]

federation = jpd.Federation(
    "team",
    sites=sites,
    repositories={"models": jpd.FederationRepositoryArgs("generic", description="Trained models")},
)

pulumi.export("models", federation.repositories["models"].url)
