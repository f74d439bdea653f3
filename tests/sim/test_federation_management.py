FEDERATION = "/artifactory/api/federation"
REPOSITORIES = "/artifactory/api/repositories"


def local(world, name, key, **fields):
    world[name].put(f"{REPOSITORIES}/{key}", json={"rclass": "local", **fields}).raise_for_status()


def test_f1_makes_a_local_repository_federated_in_place(world):
    local(world, "eu", "demo", description="kept")
    world.deploy("eu", "demo/a.txt")

    answer = world["eu"].post(f"{FEDERATION}/migrate/demo")

    stored = world.config("eu", "demo")
    assert (answer.status_code, answer.text) == (200, "Migration finished successfully")
    assert (stored["rclass"], stored["description"]) == ("federated", "kept")
    assert stored["members"] == [world.member("eu", "demo")]
    assert world.status("eu", "demo/a.txt") == 200


def test_f1_refuses_a_repository_that_is_missing_or_not_local(world):
    world.create("eu", "demo")

    assert world["eu"].post(f"{FEDERATION}/migrate/missing").status_code == 400
    assert world["eu"].post(f"{FEDERATION}/migrate/demo").status_code == 400


def test_f1_without_a_base_url_answers_t3(world, error_text):
    local(world, "eu", "demo")
    world.control.remove_base_url("eu")

    answer = world["eu"].post(f"{FEDERATION}/migrate/demo")

    assert (answer.status_code, error_text(answer)) == (400, "The Base URL is mandatory and is not configured.")


def test_f2_makes_federated_repositories_local(world):
    world.create("eu", "one")
    world.create("eu", "two")

    answer = world["eu"].post(f"{FEDERATION}/convertToLocal", json=["one", "two"])

    assert answer.text == "Successfully converted from federated to local repositories: [one, two]"
    assert world.config("eu", "one")["rclass"] == "local"
    assert "members" not in world.config("eu", "one")


def test_f2_names_those_that_failed_and_is_400_when_all_did(world):
    world.federate("shared", "eu", "us")
    world.create("eu", "alone")

    partly = world["eu"].post(f"{FEDERATION}/convertToLocal", json=["alone", "shared"])
    wholly = world["eu"].post(f"{FEDERATION}/convertToLocal", json=["shared", "missing"])

    remote = "Repo shared contains remote members"
    missing = "Repo missing does not exist or is not of Federated type"
    assert (partly.status_code, partly.json()) == (200, {"failedConversionRepositories": {"shared": remote}})
    assert wholly.status_code == 400
    assert wholly.json() == {"failedConversionRepositories": {"shared": remote, "missing": missing}}


def test_f3_goes_to_one_mirror_when_it_is_named(world):
    world.trust("eu", "us", "ap")
    world.create("eu", "demo")
    world.deploy("eu", "demo/a.txt")
    members = [world.member(name, "demo") for name in ("eu", "us", "ap")]
    world.edit("eu", "demo", members=members).raise_for_status()

    world["eu"].post(f"{FEDERATION}/fullSync/demo", params={"mirror": members[1]["url"]}).raise_for_status()
    world.settle()

    assert (world.status("us", "demo/a.txt"), world.status("ap", "demo/a.txt")) == (200, 404)


def test_f3_refuses_a_mirror_that_is_no_member(world, error_text):
    world.create("eu", "demo")

    answer = world["eu"].post(f"{FEDERATION}/fullSync/demo", params={"mirror": "http://x/artifactory/demo"})

    assert answer.status_code == 400
    assert "is not a remote member" in error_text(answer)


def test_f4_forces_the_same(world):
    world.create("eu", "demo")

    assert world["eu"].post(f"{FEDERATION}/forceFullSync/demo").text == "Full sync triggered successfully"


def test_f6_lists_what_drifted_and_f5_repairs_it(world):
    world.federate("demo", "eu", "us")
    world.control.cut_link("eu", "us")
    world.edit("eu", "demo", description="drifted")
    world.control.heal_link("eu", "us")
    before = world["eu"].get(f"{FEDERATION}/inconsistentRepos").json()

    answer = world["eu"].post(f"{FEDERATION}/configSync/demo")

    assert (before, answer.status_code) == (["demo"], 200)
    assert world["eu"].get(f"{FEDERATION}/inconsistentRepos").json() == []
    assert world.config("us", "demo")["description"] == "drifted"


def test_f5_takes_a_chunked_body_of_zero_bytes(world):
    world.create("eu", "demo")

    assert world["eu"].post(f"{FEDERATION}/configSync/demo", content=iter(())).status_code == 200


def test_f9_takes_a_member_out_of_every_federation(world):
    world.control.change_profile("eu", rtfs=True)
    world.federate("one", "eu", "us")
    world.federate("two", "eu", "us")
    base = f"{world.deployments['us'].url}/artifactory"

    answer = world["eu"].post(f"{FEDERATION}/removeMember", content=base)

    assert answer.status_code == 200
    assert world.config("eu", "one")["members"] == [world.member("eu", "one")]
    assert world.config("us", "two")["members"] == [world.member("us", "two")]


def test_f9_refuses_an_unknown_member(world):
    world.control.change_profile("eu", rtfs=True)
    assert world["eu"].post(f"{FEDERATION}/removeMember", content="http://nobody/artifactory").status_code == 400


def test_f6_does_not_mind_what_belongs_to_one_jpd(world):
    world.federate("demo", "eu", "us")

    world.edit("us", "demo", xrayIndex=True, environments=["DEV"]).raise_for_status()

    assert world["eu"].get(f"{FEDERATION}/inconsistentRepos").json() == []


def test_f9_needs_the_federation_service(world, error_text):
    answer = world["eu"].post(f"{FEDERATION}/removeMember", content="http://nobody/artifactory")

    assert (answer.status_code, error_text(answer)) == (405, "RTFS is not enabled")


def test_f4_breaks_off_a_full_sync_that_is_stuck(world):
    world.trust("eu", "us")
    world.create("eu", "demo")
    world.deploy("eu", "demo/a.txt")
    world.edit("eu", "demo", members=[world.member("us", "demo")]).raise_for_status()
    stuck = world.control.add_fault(
        deployment="us", path="/artifactory/api/federation/peer/demo/inventory", delay_ms=8000
    )
    world["eu"].post(f"{FEDERATION}/fullSync/demo").raise_for_status()
    assert world.control.wait_until_idle(0.3)
    world.control.remove_fault(stuck)

    world["eu"].post(f"{FEDERATION}/forceFullSync/demo").raise_for_status()
    left = world.control.wait_until_idle(4)

    assert left == []
    assert world.status("us", "demo/a.txt") == 200


def test_f3_dry_lists_what_the_member_lacks_and_copies_nothing(world):
    world.control.change_profile("eu", rtfs=True)
    world.federate("demo", "eu", "us")
    world.deploy("eu", "demo/both.txt")
    world.settle()
    world.control.cut_link("us", "eu", both=False)
    world["us"].delete("/artifactory/demo/both.txt").raise_for_status()

    answer = world["eu"].post(f"{FEDERATION}/fullSync/demo", params={"isDry": "true"}).raise_for_status().json()

    (path,) = answer["resultPaths"]
    report = world["eu"].get(f"/artifactory/{path}").json()
    assert answer["message"] == "Dry full sync completed successfully."
    assert path.startswith("jfrog-full-sync-info/comparison-results/demo-mirror-comparison-")
    assert [row["path"] for row in report["missingFiles"]] == ["both.txt"]
    assert world.status("us", "demo/both.txt") == 404


def test_f3_dry_needs_the_federation_service(world, error_text):
    world.create("eu", "demo")

    answer = world["eu"].post(f"{FEDERATION}/fullSync/demo", params={"isDry": "true"})

    assert (answer.status_code, error_text(answer)) == (405, "RTFS is not enabled")


def test_f3_answers_the_object_of_the_openapi_text_by_profile(world):
    world.control.change_profile("eu", full_sync_answers_json=True)
    world.create("eu", "demo")

    answer = world["eu"].post(f"{FEDERATION}/fullSync/demo").json()

    assert answer == {"message": "Full sync triggered successfully", "resultPaths": []}
