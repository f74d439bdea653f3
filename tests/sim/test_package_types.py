"""Fields and defaults of every package type (contract 1.3, 1.4)."""

import pytest

REPOSITORIES = "/artifactory/api/repositories"
JAVA = {
    "checksumPolicyType": "server-generated-checksums", "handleReleases": False, "handleSnapshots": False,
    "maxUniqueSnapshots": 3, "snapshotVersionBehavior": "deployer", "suppressPomConsistencyChecks": True,
}  # fmt: skip
OWN_FIELDS = {
    "alpine": {"primaryKeyPairRef": "signing"},
    "ansible": {"primaryKeyPairRef": "signing"},
    "cargo": {"cargoAnonymousAccess": True, "cargoInternalIndex": True},
    "conan": {"enableConanSupport": True, "forceConanAuthentication": True},
    "debian": {
        "debianTrivialLayout": True, "optionalIndexCompressionFormats": ["xz"], "ddebSupported": True,
        "primaryKeyPairRef": "one", "secondaryKeyPairRef": "two",
    },
    "docker": {
        "maxUniqueTags": 5, "dockerApiVersion": "V1", "dockerTagRetention": 4, "blockPushingSchema1": False,
    },
    "oci": {"maxUniqueTags": 5, "dockerTagRetention": 4, "dockerApiVersion": "V2"},
    "helmoci": {"maxUniqueTags": 5, "dockerTagRetention": 4},
    "maven": JAVA,
    "gradle": JAVA,
    "ivy": JAVA,
    "sbt": JAVA,
    "nuget": {"maxUniqueSnapshots": 2, "forceNugetAuthentication": True},
    "rpm": {
        "calculateYumMetadata": True, "yumRootDepth": 2, "enableFileListsIndexing": True, "yumGroupFileNames": "g.xml",
        "primaryKeyPairRef": "one", "secondaryKeyPairRef": "two",
    },
    "terraform": {"terraformType": "provider"},
}  # fmt: skip
LAYOUTS = {
    "simple-default": "generic chef cocoapods conda cran gems gitlfs helm huggingfaceml opkg pypi vagrant alpine cargo "
    "debian docker oci helmoci rpm pub",
    "maven-2-default": "maven gradle",
    "terraform-module-default": "terraform",
}
WITH_OWN_LAYOUT = ["bower", "composer", "go", "npm", "puppet", "swift", "ansible", "conan", "nuget", "ivy", "sbt"]
FEDERABLE = sorted({name for names in LAYOUTS.values() for name in names.split()} | set(WITH_OWN_LAYOUT))


@pytest.mark.parametrize("package_type", FEDERABLE)
@pytest.mark.parametrize("call", ["repositories/demo", "v2/repositories/demo"])
def test_every_field_that_is_sent_comes_back_equal(world, package_type, call):
    sent = {
        "description": "d", "notes": "n", "includesPattern": "a/**", "excludesPattern": "x/**", "xrayIndex": True,
        "blackedOut": True, "priorityResolution": True, "propertySets": ["artifactory"], "somethingNew": {"a": [1]},
        **OWN_FIELDS.get(package_type, {}),
    }  # fmt: skip

    world.create("eu", "demo", packageType=package_type, **sent)

    assert sent.items() <= world["eu"].get(f"/artifactory/api/{call}").json().items()


@pytest.mark.parametrize("package_type", FEDERABLE)
def test_every_type_has_its_layout(world, package_type):
    world.create("eu", "demo", packageType=package_type)

    listed = [layout for layout, names in LAYOUTS.items() if package_type in names.split()]
    assert world.config("eu", "demo")["repoLayoutRef"] == (listed[0] if listed else f"{package_type}-default")


def test_a_repository_of_terraform_providers_has_another_layout(world):
    world.create("eu", "demo", packageType="terraform", terraformType="provider")

    assert world.config("eu", "demo")["repoLayoutRef"] == "terraform-provider-default"


def test_an_empty_terraform_type_means_the_default(world):
    world.create("eu", "demo", packageType="terraform", terraformType="")

    assert world.config("eu", "demo")["terraformType"] == "module"


def test_yum_reads_back_as_rpm(world):
    world.create("eu", "demo", packageType="yum")

    assert world.config("eu", "demo")["packageType"] == "rpm"


@pytest.mark.parametrize(("key", "status"), [("app-release-bundles-v2", 200), ("app-bundles", 400)])
def test_the_key_of_a_releasebundles_repository_has_a_suffix(world, key, status):
    body = {"rclass": "federated", "packageType": "releasebundles"}

    assert world["eu"].put(f"{REPOSITORIES}/{key}", json=body).status_code == status


def test_a_local_helm_repository_has_fields_that_a_federated_one_lacks(world):
    world["eu"].put(f"{REPOSITORIES}/charts", json={"rclass": "local", "packageType": "helm"}).raise_for_status()
    world.create("eu", "shared", packageType="helm")

    local, federated = (
        world["eu"].get(f"/artifactory/api/v2/repositories/{key}").json() for key in ("charts", "shared")
    )

    assert local["forceNonDuplicateChart"] is local["forceMetadataNameVersion"] is False
    assert "forceNonDuplicateChart" not in federated


def test_a_flag_that_was_set_can_be_cleared_again(world):
    world.create("eu", "demo", packageType="conan", enableConanSupport=False)

    world.edit("eu", "demo", enableConanSupport=True).raise_for_status()

    assert world.config("eu", "demo")["enableConanSupport"] is True
