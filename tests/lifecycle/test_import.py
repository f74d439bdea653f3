"""What exists is taken into a stack: the file of `jpd import`, and nothing to do afterwards."""

from __future__ import annotations

import json
import stat

import pytest
from click.testing import CliRunner

from harness import program
from harness.state import Stored
from jpd_provider.cli.import_ import import_
from jpd_provider.errors import UserError

KEY = "docker-local"
TRUST = "eu-us=BindingToken:eu~us/federated-repo/*"
REPOSITORY = f"FederatedRepository:eu/{KEY}"


@pytest.fixture
def seeded(world):
    """A federation of three that people made, without Pulumi."""
    pairs = [("eu", "us"), ("eu", "ap"), ("us", "ap")]
    bindings = [program.resource("BindingToken", f"{a}-{b}", {"source": a, "target": b}) for a, b in pairs]
    world.engine().up(bindings)
    world.create("eu", KEY, packageType="docker", description="ours", xrayIndex=True)
    _list_members(world, "eu", "us", "ap")
    return world


def _list_members(world, *names, **further):
    listed = [{"url": world.url(name, KEY), "enabled": True} for name in names]
    world.edit("eu", KEY, members=[*listed, *({"url": url, "enabled": True} for url in further.values())])


def _import(world, tmp_path, *arguments, expect=0):
    """Run the command; the resources of its file and what it printed."""
    config, output = tmp_path / "config.json", tmp_path / "import.json"
    config.write_text(json.dumps({"jpd:deployments": world.configuration()}), encoding="utf-8")
    ran = CliRunner().invoke(import_, [*arguments, "--config", str(config), "--output", str(output)])
    if expect != 0:
        raise ran.exception
    assert ran.exit_code == 0, ran.output
    return json.loads(output.read_text(encoding="utf-8"))["resources"], ran.output


def _adopt(world, entries):
    """The stack after `pulumi import --file`, and the program that declares what was imported."""
    engine = world.engine()
    engine.import_file([Stored(e["type"], e["name"], e["id"], e["inputs"], e["outputs"]) for e in entries])
    wanted = [
        program.resource(
            e["type"].rpartition(":")[2], e["name"], {k: v for k, v in e["inputs"].items() if k != "__provider"}
        )
        for e in entries
    ]
    return engine, wanted


@pytest.mark.parametrize(
    "arguments",
    [
        [REPOSITORY],
        ["--with-members", REPOSITORY],
        [TRUST],
        [f"FederationMember:eu/{KEY}/us/{KEY}"],
        [REPOSITORY, TRUST, f"FederationMember:eu/{KEY}/us/{KEY}", f"FederationMember:eu/{KEY}/ap/{KEY}"],
    ],
    ids=["repository", "whole federation", "trust", "member", "every part"],
)
def test_after_the_import_a_refresh_finds_nothing_to_do(seeded, tmp_path, arguments):
    entries, _ = _import(seeded, tmp_path, *arguments)
    engine, wanted = _adopt(seeded, entries)

    plan = engine.preview(wanted, refresh=True)

    assert not plan.changes
    assert len(plan.steps) == len(entries)


def test_what_was_imported_is_managed_afterwards(seeded, tmp_path):
    entries, _ = _import(seeded, tmp_path, "--with-members", REPOSITORY)
    engine, wanted = _adopt(seeded, entries)
    seeded.pause("us", KEY)

    engine.up(wanted, refresh=True)

    assert seeded.members("us", KEY)[seeded.url("us", KEY)] is True


def test_a_program_that_names_no_default_is_enough(seeded, tmp_path):
    entries, _ = _import(seeded, tmp_path, TRUST, f"FederationMember:eu/{KEY}/us/{KEY}")
    engine, _ = _adopt(seeded, entries)

    plan = engine.preview(
        [
            program.resource("BindingToken", "eu-us", {"source": "eu", "target": "us"}),
            program.resource(
                "FederationMember", f"{KEY}-us", {"deployment": "eu", "repository_key": KEY, "member": "us"}
            ),
        ],
        refresh=True,
    )

    assert not plan.changes


def test_members_stay_out_unless_asked_for(seeded, tmp_path):
    [without], _ = _import(seeded, tmp_path, REPOSITORY)
    [with_members], _ = _import(seeded, tmp_path, "--with-members", REPOSITORY)

    assert "members" not in without["inputs"]
    assert with_members["inputs"]["members"] == {"us": {}, "ap": {}}


def test_what_deviates_at_a_member_is_declared(seeded, tmp_path):
    seeded.create("us", "theirs", packageType="docker", description="ours")
    _list_members(seeded, "eu", "ap", other=seeded.url("us", "theirs"))
    seeded.pause("ap", KEY)

    [entry], printed = _import(seeded, tmp_path, "--with-members", REPOSITORY)

    assert entry["inputs"]["members"] == {"us": {"key": "theirs"}, "ap": {"enabled": False}}
    assert "not in order" not in printed


def test_a_member_on_a_jpd_that_is_no_deployment_is_declared_by_its_url(seeded, tmp_path):
    foreign = seeded.url("ap", KEY)
    config = {name: entry for name, entry in seeded.configuration().items() if name != "ap"}
    seeded.configuration = lambda: config

    [entry], _ = _import(seeded, tmp_path, "--with-members", REPOSITORY)

    host = foreign.removeprefix("http://").partition("/")[0]
    assert entry["inputs"]["members"] == {"us": {}, host: {"url": foreign}}
    engine, wanted = _adopt(seeded, [entry])
    assert not engine.preview(wanted, refresh=True).changes


def test_a_repository_that_is_paused_itself_is_declared_so(seeded, tmp_path):
    seeded.pause("eu", KEY)

    [entry], _ = _import(seeded, tmp_path, REPOSITORY)

    assert entry["inputs"]["sync_enabled"] is False


def test_what_is_not_in_order_is_said_at_once(seeded, tmp_path):
    seeded.remove("us", KEY)

    _, printed = _import(seeded, tmp_path, "--with-members", REPOSITORY)

    assert f"{KEY}: not in order: us: repository '{KEY}' is gone" in printed


def test_the_declaration_is_python_that_says_the_same(seeded, tmp_path):
    [entry], printed = _import(seeded, tmp_path, REPOSITORY)
    said = {}
    code = printed.split("program:\n\n")[1].split("\n\nThen")[0]
    fake = type("jpd", (), {"FederatedRepository": staticmethod(lambda name, **inputs: said.update({name: inputs}))})

    eval(code, {"jpd": fake})

    inputs = {name: value for name, value in entry["inputs"].items() if name != "__provider"}
    assert said == {KEY: inputs}


def test_the_state_of_an_import_is_that_of_a_create(seeded, tmp_path):
    [entry], _ = _import(seeded, tmp_path, "--with-members", REPOSITORY)
    engine, wanted = _adopt(seeded, [entry])

    created = seeded.engine()
    created.up([program.resource("FederatedRepository", KEY, {**wanted[0].inputs, "adopt": "federated"})])

    ours, theirs = created.state[KEY], engine.state[KEY]
    assert theirs.outputs == {name: value for name, value in ours.outputs.items() if name != "adopt"}
    assert theirs.id == ours.id


def test_nothing_is_changed_on_any_jpd(seeded, tmp_path):
    seeded.control.forget_requests()

    _import(seeded, tmp_path, "--with-members", REPOSITORY, TRUST)

    assert {request["method"] for request in seeded.control.requests(peers=False)} == {"GET"}


def test_the_file_is_its_owners_alone_and_holds_no_token(seeded, tmp_path):
    (tmp_path / "import.json").write_text("", encoding="utf-8")
    (tmp_path / "import.json").chmod(0o644)

    _, printed = _import(seeded, tmp_path, "--with-members", REPOSITORY, TRUST)

    text = (tmp_path / "import.json").read_text(encoding="utf-8")
    assert stat.S_IMODE((tmp_path / "import.json").stat().st_mode) == 0o600
    for jpd in seeded.simulator.deployments.values():
        assert jpd.access_token not in text + printed


GONE = [
    ("FederatedRepository:eu/nowhere", "import FederatedRepository 'eu/nowhere': there is no such object"),
    (f"FederationMember:eu/{KEY}/us/other", "there is no such object"),
    ("FederationMember:eu", "'eu' is not the id of a FederationMember"),
    ("FederatedRepository:mars/x", "There is no deployment 'mars'"),
]


@pytest.mark.parametrize(("wanted", "message"), GONE)
def test_what_cannot_be_found_is_named(seeded, tmp_path, wanted, message):
    with pytest.raises(UserError, match=message):
        _import(seeded, tmp_path, wanted, expect=1)

    assert not (tmp_path / "import.json").exists()


def test_a_jpd_that_does_not_answer_is_not_mistaken_for_a_missing_object(seeded, tmp_path):
    seeded.control.stop("eu")

    with pytest.raises(Exception, match="eu") as failure:
        _import(seeded, tmp_path, REPOSITORY, expect=1)
    seeded.control.start("eu")

    assert "no such object" not in str(failure.value)


def test_a_listing_names_many(seeded, tmp_path):
    listing = tmp_path / "objects.txt"
    listing.write_text(f"# the federation\n{REPOSITORY}  # its hub\n\nother={REPOSITORY}\n", encoding="utf-8")

    entries, _ = _import(seeded, tmp_path, "--from", str(listing))

    assert [entry["name"] for entry in entries] == [KEY, "other"]


def test_two_objects_of_one_name_are_refused(seeded, tmp_path):
    with pytest.raises(UserError, match=rf"would both be named '{KEY}'. Give one of them another name"):
        _import(seeded, tmp_path, REPOSITORY, f"FederatedRepository:us/{KEY}", expect=1)
