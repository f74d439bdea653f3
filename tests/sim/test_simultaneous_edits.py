"""Which of two edits wins: the later by the clock of the JPD that wrote it (contract 7.1), right or wrong."""

import pytest


@pytest.fixture
def apart(world):
    """Two members that have one file, and time that stands still. What they write does not arrive yet."""
    world.federate("demo", "eu", "us")
    world.control.freeze_clock()
    world.deploy("eu", "demo/a.txt;colour=red", b"first")
    world.settle()
    world.control.advance_clock(60)
    world.control.cut_link("eu", "us")
    return world


def meet(world):
    world.control.heal_link("eu", "us")
    world.settle()


def contents(world):
    answers = [world[name].get("/artifactory/demo/a.txt") for name in ("eu", "us")]
    return [answer.content if answer.status_code == 200 else None for answer in answers]


def properties(world):
    answers = [world[name].get("/artifactory/api/storage/demo/a.txt?properties") for name in ("eu", "us")]
    return [answer.json()["properties"] for answer in answers]


def set_property(world, name, value):
    world[name].put(f"/artifactory/api/storage/demo/a.txt?properties=colour={value}").raise_for_status()


def delete(world, name):
    world[name].delete("/artifactory/demo/a.txt").raise_for_status()


def test_the_later_content_wins_on_both(apart):
    apart.deploy("us", "demo/a.txt", b"earlier")
    apart.control.advance_clock(1)
    apart.deploy("eu", "demo/a.txt", b"later")

    meet(apart)

    assert contents(apart) == [b"later", b"later"]


def test_a_deletion_after_a_write_wins_on_both(apart):
    apart.deploy("us", "demo/a.txt", b"earlier")
    apart.control.advance_clock(1)
    delete(apart, "eu")

    meet(apart)

    assert contents(apart) == [None, None]


def test_a_write_after_a_deletion_wins_on_both(apart):
    delete(apart, "eu")
    apart.control.advance_clock(1)
    apart.deploy("us", "demo/a.txt", b"later")

    meet(apart)

    assert contents(apart) == [b"later", b"later"]


def test_the_later_properties_win_on_both(apart):
    set_property(apart, "us", "blue")
    apart.control.advance_clock(1)
    set_property(apart, "eu", "green")

    meet(apart)

    assert properties(apart) == [{"colour": ["green"]}] * 2


def test_later_properties_and_an_earlier_content_are_both_kept(apart):
    apart.deploy("us", "demo/a.txt", b"new content")
    apart.control.advance_clock(1)
    set_property(apart, "eu", "green")

    meet(apart)

    assert contents(apart) == [b"new content"] * 2
    assert properties(apart) == [{"colour": ["green"]}] * 2


def test_later_properties_do_not_bring_a_deleted_file_back(apart):
    delete(apart, "eu")
    apart.control.advance_clock(1)
    set_property(apart, "us", "green")

    meet(apart)

    assert contents(apart) == [None, None]


def test_later_properties_belong_to_a_file_that_was_deleted_and_put_again(apart):
    delete(apart, "eu")
    apart.control.advance_clock(1)
    apart.deploy("eu", "demo/a.txt;colour=white", b"again")
    apart.control.advance_clock(1)
    set_property(apart, "us", "green")

    meet(apart)

    assert contents(apart) == [b"again"] * 2
    assert properties(apart) == [{"colour": ["green"]}] * 2


def test_a_clock_that_is_behind_loses_its_write_on_the_others_and_keeps_it_at_home(apart):
    apart.control.offset_clock("eu", -3600)

    apart.deploy("eu", "demo/a.txt", b"wrong clock")
    meet(apart)

    assert contents(apart) == [b"wrong clock", b"first"]


def test_a_clock_that_is_behind_loses_its_deletion_on_the_others(apart):
    apart.control.offset_clock("eu", -3600)

    delete(apart, "eu")
    meet(apart)

    assert contents(apart) == [None, b"first"]


def test_a_clock_that_is_behind_loses_its_properties_on_the_others(apart):
    apart.control.offset_clock("eu", -3600)

    set_property(apart, "eu", "green")
    meet(apart)

    assert properties(apart) == [{"colour": ["green"]}, {"colour": ["red"]}]


def test_a_clock_that_is_ahead_beats_later_writes_of_the_others(apart):
    apart.control.offset_clock("eu", 3600)
    apart.deploy("eu", "demo/a.txt", b"ahead")
    meet(apart)

    apart.control.advance_clock(60)
    apart.deploy("us", "demo/a.txt", b"later in truth")
    apart.settle()

    assert contents(apart) == [b"ahead", b"later in truth"]


def test_with_the_clock_right_again_the_next_edit_brings_them_together(apart):
    apart.control.offset_clock("eu", -3600)
    apart.deploy("eu", "demo/a.txt", b"wrong clock")
    meet(apart)

    apart.control.offset_clock("eu", 0)
    apart.control.advance_clock(1)
    apart.deploy("eu", "demo/a.txt", b"right clock")
    apart.settle()

    assert contents(apart) == [b"right clock"] * 2


def test_a_deletion_that_overtakes_the_write_of_a_third_member_is_remembered(world):
    world.federate("demo", "eu", "us", "ap")
    world.control.cut_link("eu", "ap")
    world.deploy("eu", "demo/a.txt", b"first")
    world.control.wait_until_idle(0.1)
    delete(world, "us")
    world.control.wait_until_idle(0.1)

    world.control.heal_link("eu", "ap")
    world.settle()

    assert [world.status(name, "demo/a.txt") for name in ("eu", "us", "ap")] == [404, 404, 404]


def test_properties_that_overtake_the_write_of_a_third_member_arrive_with_it(world):
    world.federate("demo", "eu", "us", "ap")
    world.control.cut_link("eu", "ap")
    world.deploy("eu", "demo/a.txt", b"first")
    world.control.wait_until_idle(0.1)
    set_property(world, "us", "green")
    world.control.wait_until_idle(0.1)

    world.control.heal_link("eu", "ap")
    world.settle()

    found = world["ap"].get("/artifactory/api/storage/demo/a.txt?properties").json()["properties"]
    assert found == {"colour": ["green"]}
