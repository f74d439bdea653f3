"""F7, F8, F10 to F13 and F16."""

import pytest

FEDERATION = "/artifactory/api/federation"


def exhaust(world, source, target, path):
    """Let the queue of a repository give up."""
    world.control.change_profile(source, event_max_retry=3)
    world.control.cut_link(source, target)
    world.deploy(source, path)
    while "exhausted" not in world.control.wait_until_idle(0.02)[0]:
        pass
    world.control.heal_link(source, target)


def test_f7a_takes_up_an_exhausted_queue(world):
    world.federate("demo", "eu", "us")
    exhaust(world, "eu", "us", "demo/a.txt")

    answer = world["eu"].post(f"{FEDERATION}/recovery", params={"repoKey": "demo"})

    world.settle()
    assert (answer.status_code, answer.text) == (200, "Recovery triggered successfully")
    assert world.status("us", "demo/a.txt") == 200


def test_f7a_without_a_repository_recovers_all(world):
    world.federate("demo", "eu", "us")
    exhaust(world, "eu", "us", "demo/a.txt")

    world["eu"].post(f"{FEDERATION}/recovery").raise_for_status()

    world.settle()


def test_f7a_leaves_other_repositories_alone(world):
    world.federate("demo", "eu", "us")
    world.create("eu", "other", members=[world.member("us", "other")])
    exhaust(world, "eu", "us", "demo/a.txt")

    world["eu"].post(f"{FEDERATION}/recovery", params={"repoKey": "other"}).raise_for_status()

    assert "exhausted" in world.control.wait_until_idle(0.2)[0]


def test_f7a_refuses_an_unknown_repository(world):
    assert world["eu"].post(f"{FEDERATION}/recovery", params={"repoKey": "missing"}).status_code == 400


@pytest.mark.parametrize(("version", "path_form", "query_form"), [("7.109.1", 200, 404), ("7.109.2", 404, 200)])
def test_f7_changed_its_form_with_7_109_2(world, version, path_form, query_form):
    world.control.change_profile("eu", version=version)
    world.create("eu", "demo")

    answers = [world["eu"].post(f"{FEDERATION}/recovery{form}") for form in ("/demo", "?repoKey=demo")]

    assert [answer.status_code for answer in answers] == [path_form, query_form]


def created(world, name, path):
    return world[name].get(f"/artifactory/api/storage/{path}").json()["created"]


@pytest.mark.parametrize(
    ("enabled", "allowed", "kept"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_f8_keeps_creation_times_in_a_full_sync_when_the_target_allows_it(world, enabled, allowed, kept):
    for name in ("eu", "us"):
        world.control.change_profile(name, rtfs=True, version="7.123.0", propagate_upload_info=allowed)
    world.trust("eu", "us")
    world.create("eu", "demo")
    world.deploy("eu", "demo/a.txt")
    world.control.advance_clock(3600)

    answer = world["eu"].put(f"{FEDERATION}/propagateCreatedTime", params={"enabled": str(enabled).lower()})
    world.edit("eu", "demo", members=[world.member("us", "demo")]).raise_for_status()
    world.settle()

    assert answer.status_code == 200
    assert (created(world, "us", "demo/a.txt") == created(world, "eu", "demo/a.txt")) is kept


def test_f8_needs_its_parameter_and_its_version(world):
    world.control.change_profile("eu", rtfs=True, version="7.123.0")
    world.control.change_profile("us", rtfs=True, version="7.122.9")

    assert world["eu"].put(f"{FEDERATION}/propagateCreatedTime").status_code == 400
    assert world["us"].put(f"{FEDERATION}/propagateCreatedTime?enabled=true").status_code == 404


def test_f10_answers_when_every_member_does(world):
    world.control.change_profile("eu", rtfs=True)
    world.federate("demo", "eu", "us", "ap")

    assert world["eu"].post(f"{FEDERATION}/reconnect").status_code == 200


def test_f10_is_424_when_a_member_does_not_answer(world, error_text):
    world.control.change_profile("eu", rtfs=True)
    world.federate("demo", "eu", "us", "ap")
    world.control.stop("ap")

    answer = world["eu"].post(f"{FEDERATION}/reconnect")

    assert answer.status_code == 424
    assert error_text(answer).endswith(world.deployments["ap"].url)


def prioritise(world, key, level):
    return world["eu"].put(f"{FEDERATION}/prioritization/{key}", params={"priorityLevel": level}, json={})


def test_f11_shows_in_the_state_list(world):
    world.control.change_profile("eu", rtfs=True)
    world.create("eu", "demo")

    answer = prioritise(world, "demo", "high")

    listed = world["eu"].get(f"{FEDERATION}/status/stateList").json()["federations"]
    assert answer.text == "The repository priority has been changed to high."
    assert [row["priority"] for row in listed] == ["HIGH"]


def test_f11_refuses_an_eleventh_until_one_is_given_up(world, error_text):
    for number in range(11):
        world.create("eu", f"demo-{number}")
    for number in range(10):
        prioritise(world, f"demo-{number}", "high").raise_for_status()

    refused = prioritise(world, "demo-10", "high")
    again = prioritise(world, "demo-3", "high")
    prioritise(world, "demo-3", "standard").raise_for_status()
    accepted = prioritise(world, "demo-10", "high")

    assert (refused.status_code, error_text(refused)) == (400, "At most 10 repositories can be prioritized")
    assert (again.status_code, accepted.status_code) == (200, 200)


def test_f11_forgets_a_repository_that_is_deleted(world):
    for number in range(10):
        world.create("eu", f"demo-{number}")
        prioritise(world, f"demo-{number}", "high").raise_for_status()
    world["eu"].delete("/artifactory/api/repositories/demo-0").raise_for_status()
    world.create("eu", "demo-10")

    assert prioritise(world, "demo-10", "high").status_code == 200


@pytest.mark.parametrize(("key", "level", "status"), [("missing", "high", 404), ("demo", "urgent", 400)])
def test_f11_refuses_what_it_does_not_know(world, key, level, status):
    world.create("eu", "demo")

    assert prioritise(world, key, level).status_code == status


def own_flag(world, key):
    return world.config("eu", key)["members"][0]["enabled"]


def test_f13_switches_paused_repositories_of_some_types_on(world):
    for key, kind in (("one", "generic"), ("two", "npm")):
        world.create("eu", key, packageType=kind, members=[world.member("eu", key, enabled=False)])

    answer = world["eu"].post(f"{FEDERATION}/repos/enable", json=["npm"])

    assert answer.text == "Repos of type [npm] enabled."
    assert (own_flag(world, "one"), own_flag(world, "two")) == (False, True)


def test_f13_switches_all_on(world):
    world.create("eu", "one", members=[world.member("eu", "one", enabled=False)])

    answer = world["eu"].post(f"{FEDERATION}/repos/enable", json=["*"])

    assert answer.text == "Repos of type [*] enabled."
    assert own_flag(world, "one") is True


def test_f16_answers_t4_while_the_event_table_migrates(world, error_text):
    before = world["eu"].get(f"{FEDERATION}/status")
    world.control.change_profile("eu", event_table_migrating=True)

    answer = world["eu"].get(f"{FEDERATION}/status")

    assert before.status_code == 200
    assert error_text(answer) == "Monitoring is unavailable, migration in progress"


@pytest.mark.parametrize("path", ["fullSyncAll/demo", "pause", "pause/demo"])
def test_paths_that_no_reference_has_are_404(world, path):
    assert world["eu"].post(f"{FEDERATION}/{path}").status_code == 404
