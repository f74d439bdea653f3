import pytest

REPOSITORIES = "/artifactory/api/repositories"
T1 = "Failed to update remote members for federated repository: {}, failed members: [{}]"
T2 = (
    "Failed to add federated repository. Make sure that cross-instance authentication is established "
    "between this instance and the remote JFrog Platform Deployments."
)
T3 = "The Base URL is mandatory and is not configured."


def put(world, name, key, members):
    body = {"rclass": "federated", "packageType": "generic", "members": members}
    return world[name].put(f"{REPOSITORIES}/{key}", json=body)


def test_the_own_url_is_added_when_a_request_omits_it(world):
    world.trust("eu", "us")

    put(world, "eu", "demo", [world.member("us", "demo")]).raise_for_status()

    urls = {member["url"] for member in world.config("eu", "demo")["members"]}
    assert urls == {world.member("eu", "demo")["url"], world.member("us", "demo")["url"]}


def test_a_missing_remote_repository_is_created_with_the_same_configuration(world):
    world.trust("eu", "us")

    members = [world.member("eu", "demo"), world.member("us", "demo-there")]
    world.create("eu", "demo", packageType="npm", description="shared", xrayIndex=True, members=members)

    remote = world.config("us", "demo-there")
    assert (remote["packageType"], remote["description"], remote["xrayIndex"]) == ("npm", "shared", True)
    assert remote["members"] == members


def test_creating_it_there_by_hand_afterwards_is_refused(world, error_text):
    world.federate("demo", "eu", "us")

    answer = put(world, "us", "demo", [])

    assert answer.status_code == 400
    assert error_text(answer).endswith("Case insensitive repository key already exists")


def test_t2_a_member_without_trust_is_refused_and_nothing_is_made(world, error_text):
    answer = put(world, "eu", "demo", [world.member("us", "demo")])

    assert (answer.status_code, error_text(answer)) == (400, T2)
    assert world["eu"].head(f"{REPOSITORIES}/demo").status_code == 400


def test_t2_trust_in_the_other_direction_is_not_enough(world, error_text):
    world.pair("eu", "us")

    assert error_text(put(world, "eu", "demo", [world.member("us", "demo")])) == T2


def test_t1_a_trailing_slash_is_refused(world, error_text):
    world.trust("eu", "us")
    url = f"{world.member('us', 'demo')['url']}/"

    answer = put(world, "eu", "demo", [{"url": url, "enabled": True}])

    assert (answer.status_code, error_text(answer)) == (400, T1.format("demo", url))


@pytest.mark.parametrize("url", ["ftp://host/artifactory/x", "http://host/x", "nothing", "http:///artifactory/x"])
def test_t1_a_url_of_another_form_is_refused(world, error_text, url):
    assert error_text(put(world, "eu", "demo", [{"url": url}])) == T1.format("demo", url)


def test_t3_without_a_base_url_no_federated_repository_can_be_made(world, error_text):
    world.control.remove_base_url("eu")

    answer = put(world, "eu", "demo", [])

    assert (answer.status_code, error_text(answer)) == (400, T3)


def test_an_eleventh_member_is_refused(world, error_text):
    members = [{"url": f"http://host-{number}.example/artifactory/demo"} for number in range(10)]

    answer = put(world, "eu", "demo", members)

    assert answer.status_code == 400
    assert error_text(answer) == "A federated repository can have at most 10 members, not 11"


def test_duplicate_member_urls_are_dropped(world):
    put(world, "eu", "demo", [world.member("eu", "demo"), world.member("eu", "demo")]).raise_for_status()

    assert world.config("eu", "demo")["members"] == [world.member("eu", "demo")]


def test_t1_an_unreachable_member_is_named_and_the_local_change_is_kept(world, error_text):
    world.federate("demo", "eu", "us")
    world.control.cut_link("eu", "us")

    answer = world.edit("eu", "demo", description="drifted")

    assert (answer.status_code, error_text(answer)) == (400, T1.format("demo", world.member("us", "demo")["url"]))
    assert world.config("eu", "demo")["description"] == "drifted"
    assert world.config("us", "demo")["description"] == ""


def test_a_change_of_configuration_reaches_every_member(world):
    world.federate("demo", "eu", "us", "ap")

    world.edit("us", "demo", description="from us").raise_for_status()

    assert [world.config(name, "demo")["description"] for name in ("eu", "us", "ap")] == ["from us"] * 3


@pytest.mark.parametrize("field", ["xrayIndex", "disableProxy", "downloadRedirect"])
def test_what_belongs_to_one_jpd_is_not_pushed(world, field):
    world.federate("demo", "eu", "us")

    world.edit("eu", "demo", **{field: True, "description": "pushed"}).raise_for_status()

    remote = world.config("us", "demo")
    assert (remote[field], remote["description"]) == (False, "pushed")


def test_removing_a_member_leaves_it_federated_and_alone_with_its_content(world):
    world.federate("demo", "eu", "us")
    world.deploy("eu", "demo/a.txt")
    world.settle()

    world.edit("eu", "demo", members=[world.member("eu", "demo")]).raise_for_status()

    remote = world.config("us", "demo")
    assert (remote["rclass"], remote["members"]) == ("federated", [world.member("us", "demo")])
    assert world.status("us", "demo/a.txt") == 200


def test_deleting_a_repository_leaves_the_other_members_as_they_are(world):
    world.federate("demo", "eu", "us")

    world["us"].delete(f"{REPOSITORIES}/demo").raise_for_status()

    assert world.config("eu", "demo")["members"] == [world.member("eu", "demo"), world.member("us", "demo")]


def test_pausing_the_own_member_shows_on_the_others(world):
    world.federate("demo", "eu", "us")
    paused = [world.member("eu", "demo"), world.member("us", "demo", enabled=False)]

    world.edit("us", "demo", members=paused).raise_for_status()

    assert world.config("eu", "demo")["members"] == paused


def test_an_edit_on_a_paused_member_stays_there(world):
    world.federate("demo", "eu", "us")
    paused = [world.member("eu", "demo"), world.member("us", "demo", enabled=False)]
    world.edit("us", "demo", members=paused).raise_for_status()

    world.edit("us", "demo", description="behind our back").raise_for_status()

    assert world.config("eu", "demo")["description"] == ""
    assert world.config("us", "demo")["description"] == "behind our back"


def test_pausing_and_editing_in_one_request_tells_the_others_only_of_the_pause(world):
    world.federate("demo", "eu", "us")
    paused = [world.member("eu", "demo"), world.member("us", "demo", enabled=False)]

    world.edit("us", "demo", members=paused, description="behind our back").raise_for_status()

    remote = world.config("eu", "demo")
    assert (remote["members"], remote["description"]) == (paused, "")


def test_a_paused_member_is_not_pushed_to(world):
    world.federate("demo", "eu", "us")
    paused = [world.member("eu", "demo"), world.member("us", "demo", enabled=False)]
    world.edit("us", "demo", members=paused).raise_for_status()

    world.edit("eu", "demo", description="new").raise_for_status()

    assert world.config("us", "demo")["description"] == ""


def test_an_existing_local_repository_under_the_members_key_fails_that_member(world, error_text):
    world.trust("eu", "us")
    world["us"].put(f"{REPOSITORIES}/demo", json={"rclass": "local"}).raise_for_status()

    answer = put(world, "eu", "demo", [world.member("us", "demo")])

    assert error_text(answer) == T1.format("demo", world.member("us", "demo")["url"])
    assert world.config("us", "demo")["rclass"] == "local"
