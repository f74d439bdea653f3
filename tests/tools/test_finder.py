"""Which CLI is used, and what is said when there is none."""

import pytest


@pytest.fixture(autouse=True)
def machine_without_pulumi(monkeypatch, tmp_path):
    monkeypatch.delenv("PULUMI", raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def made(folder, _log):
    """A maker that works: it leaves what a CLI consists of."""
    (folder / "bin").mkdir()
    for name, line in (("pulumi", "echo v3.259.0"), ("pulumi-language-python", "true")):
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / "bin" / name).chmod(0o755)


def refusing(reason):
    def maker(folder, _log):
        from engine import ways

        (folder / "half").touch()
        raise ways.NotMade(reason)

    return maker


def test_a_named_cli_is_used_without_asking_further(executable, monkeypatch):
    from engine import finder

    executable("mine/pulumi-language-python")
    cli = executable("mine/pulumi", "echo v3.300.0")
    monkeypatch.setenv("PULUMI", str(cli))

    assert finder.find() == cli


def test_a_named_cli_that_is_too_old_is_refused_not_replaced(executable, monkeypatch):
    from engine import finder

    monkeypatch.setenv("PULUMI", str(executable("mine/pulumi", "echo v3.100.0")))

    with pytest.raises(finder.NoCli, match=r"PULUMI=.*/mine/pulumi: version 3\.100\.0 is older than 3\.254\.0"):
        finder.find()


def test_a_new_enough_cli_on_path_is_used(executable, monkeypatch):
    from engine import finder

    executable("local/pulumi-language-python")
    cli = executable("local/pulumi", "echo v3.254.0")
    monkeypatch.setenv("PATH", f"{cli.parent}:/usr/bin:/bin")

    assert finder.find() == cli


def test_an_old_cli_on_path_is_named_and_passed_over(executable, monkeypatch, capsys):
    from engine import finder

    old = executable("local/pulumi", "echo v3.100.0")
    monkeypatch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
    monkeypatch.setattr(finder, "MAKERS", (("a maker", made),))

    found = finder.find()

    assert found != old
    assert f"{old} will not do: version 3.100.0 is older than 3.254.0" in capsys.readouterr().err


def test_what_was_made_once_is_found_again(monkeypatch):
    from engine import finder

    monkeypatch.setattr(finder, "MAKERS", (("a maker", made),))
    first = finder.find()
    monkeypatch.setattr(finder, "MAKERS", ())

    assert finder.find() == first


def test_the_second_maker_starts_from_an_empty_folder_when_the_first_fails(monkeypatch):
    from engine import finder

    monkeypatch.setattr(finder, "MAKERS", (("a server", refusing("not reached")), ("a build", made)))

    cli = finder.find()

    assert sorted(entry.name for entry in cli.parent.parent.iterdir()) == ["bin"]


def test_a_made_cli_that_does_not_run_is_not_kept(monkeypatch):
    from engine import cache, finder

    def broken(folder, _log):
        (folder / "bin").mkdir()

    monkeypatch.setattr(finder, "MAKERS", (("a maker", broken),))

    with pytest.raises(finder.NoCli, match="does not run"):
        finder.find()
    assert [entry.name for entry in cache.directory().iterdir()] == [".lock"]


def test_when_every_way_fails_one_message_names_them_and_their_answers(executable, monkeypatch):
    from engine import finder

    old = executable("local/pulumi", "echo v3.100.0")
    monkeypatch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
    (release, _), (build, _) = finder.MAKERS
    monkeypatch.setattr(
        finder, "MAKERS", ((release, refusing("get.pulumi.com was not reached: no route")), (build, refusing("no Go")))
    )

    with pytest.raises(finder.NoCli) as none:
        finder.find()

    assert str(none.value).splitlines() == [
        "No Pulumi CLI could be found or made. 3 ways were tried:",
        f"  1. pulumi >= 3.254.0 on PATH: {old}: version 3.100.0 is older than 3.254.0",
        "  2. the official release, by the SDK's installer: get.pulumi.com was not reached: no route",
        "  3. a build from the published Go modules: no Go",
        "Install Pulumi (https://www.pulumi.com/docs/install/), or name one that you have: PULUMI=/path/to/pulumi",
    ]
