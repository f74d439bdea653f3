"""CircleOfTrust against simulated JPDs whose `etc/access/keys/trusted` is a folder of this machine."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from harness import lifecycle, program
from harness.failures import CheckFailed, HarnessFailure
from harness.lifecycle import Step

ROOT = "/access/api/v1/cert/root"


@pytest.fixture
def folder(world, tmp_path):
    """What stands for the trusted folder of `eu`."""
    path = tmp_path / "trusted"
    path.mkdir()
    world.control.watch_trusted_folder("eu", str(path))
    return path


def believes(world, deployment, trusts):
    body = {"url": f"{world.simulator.deployments[deployment].url}/access"}
    return world[trusts].post("/access/api/v1/system/federation/validate_server", json=body).status_code == 204


def pem(world, name):
    return world[name].get(ROOT, params={"formatted": "true"}).text


def fingerprint(text):
    return x509.load_pem_x509_certificate(text.encode()).fingerprint(hashes.SHA256()).hex()


def run(world, *steps):
    lifecycle.run(world.engine(), "CircleOfTrust", list(steps), world=world, leftovers=lambda _: [])


def resource(**inputs):
    return program.resource("CircleOfTrust", "circle", {"deployment": "eu", "trusts": "us"} | inputs)


def certificate(*, ca=True):
    """A key and a self-signed certificate, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(tz=datetime.timezone.utc)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return built.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def test_it_delivers_the_certificate_and_sees_that_it_is_believed(world, folder):
    def trusted_one_way(world, stored):
        assert (believes(world, "eu", "us"), believes(world, "us", "eu")) == (True, False)
        assert stored.outputs["fingerprint"] == fingerprint(pem(world, "us"))
        assert (stored.outputs["verified"], stored.outputs["delivered_to"]) == (True, str(folder / "us.crt"))

    run(
        world,
        Step({"deployment": "eu", "trusts": "us", "folder": str(folder)}, expect="create", check=trusted_one_way),
        Step(expect="same"),
        Step(expect="same", refresh=True),
    )


def test_nothing_is_written_where_the_trust_is_there_already(world, folder):
    world.control.lay_down_certificate("eu", "by-hand.crt", pem(world, "us"))
    engine = world.engine()

    engine.up([resource(folder=str(folder))])

    assert engine.state["circle"].outputs["delivered_to"] == ""
    assert engine.state["circle"].outputs["verified"] is True
    engine.destroy()


def test_a_rotated_root_certificate_is_drift_and_is_delivered(world, folder):
    run(
        world,
        Step({"deployment": "eu", "trusts": "us", "folder": str(folder)}, expect="create"),
        Step(
            expect="update",
            changed=["drift"],
            refresh=True,
            before=lambda world: world.control.rotate_root_certificate("us"),
            check=lambda world, stored: _both(
                believes(world, "eu", "us"), stored.outputs["fingerprint"] == fingerprint(pem(world, "us"))
            ),
        ),
    )


def test_the_preview_names_both_certificates_of_a_rotation(world, folder):
    engine = world.engine()
    engine.up([resource(folder=str(folder))])
    before = fingerprint(pem(world, "us"))
    world.control.rotate_root_certificate("us")

    engine.refresh()

    after = fingerprint(pem(world, "us"))
    assert engine.state["circle"].outputs["drift"] == [
        f"us: root certificate was rotated: it is {after}, trusted is {before}"
    ]
    engine.destroy()


def test_a_trust_that_was_taken_out_of_the_database_is_drift_and_is_delivered(world, folder):
    run(
        world,
        Step({"deployment": "eu", "trusts": "us", "folder": str(folder)}, expect="create"),
        Step(
            expect="update",
            changed=["drift"],
            refresh=True,
            before=lambda world: world.control.distrust("eu"),
            check=lambda world, _: _both(believes(world, "eu", "us"), True),
        ),
    )


def test_without_a_folder_it_hands_out_the_data_of_the_charts_secret(world):
    engine = world.engine()
    wanted = [resource(file_name="sites-us.crt")]

    engine.up(wanted)

    outputs = engine.state["circle"].outputs
    assert outputs["secret_data"] == {"sites-us.crt": pem(world, "us")}
    assert outputs["verified"] is False
    assert not engine.preview(wanted, refresh=True).changes
    engine.destroy()


def test_the_chart_having_done_its_work_shows_as_verified(world):
    engine = world.engine()
    engine.up([resource()])
    world.control.lay_down_certificate("eu", "us.crt", engine.state["circle"].outputs["secret_data"]["us.crt"])

    engine.refresh()

    assert engine.state["circle"].outputs["verified"] is True
    engine.destroy()


def test_the_file_has_the_rights_that_access_needs_and_no_temporary_is_left(world, tmp_path):
    with pytest.raises(HarnessFailure):  # nobody takes the file up: this folder is nobody's
        world.engine().up([resource(folder=str(tmp_path), verify_seconds=0)])

    [file] = tmp_path.iterdir()
    assert (file.name, file.stat().st_mode & 0o777, file.read_text()) == ("us.crt", 0o644, pem(world, "us"))


def test_a_certificate_that_is_not_believed_is_one_clear_message(world, tmp_path):
    with pytest.raises(HarnessFailure, match=r"'eu' does not believe tokens of 'us' after .*Check network, proxy"):
        world.engine().up([resource(folder=str(tmp_path), verify_seconds=0)])


def test_a_partition_between_the_jpds_is_one_clear_message(world, folder):
    world.control.cut_link("us", "eu")

    with pytest.raises(HarnessFailure, match="Check network, proxy and TLS between the two JPDs"):
        world.engine().up([resource(folder=str(folder), verify_seconds=0)])


def test_deleting_removes_a_file_that_was_not_taken_up(world, folder):
    engine = world.engine()
    engine.up([resource(folder=str(folder))])
    (folder / "us.crt").write_text("laid down again")

    engine.destroy()

    assert list(folder.iterdir()) == []


def test_deleting_says_what_it_cannot_undo(world, folder, warnings):
    engine = world.engine()
    engine.up([resource(folder=str(folder))])

    engine.destroy()

    assert any("'eu' keeps trusting 'us'" in line for line in warnings)
    assert believes(world, "eu", "us")


@pytest.mark.parametrize(("field", "value"), [("deployment", "ap"), ("trusts", "ap")])
def test_another_end_replaces(world, field, value):
    wanted = {"deployment": "eu", "trusts": "us"}

    run(world, Step(wanted, expect="create"), Step(wanted | {field: value}, expect="replace", replaces=[field]))


def test_the_expected_certificate_is_accepted_in_whatever_form_it_is_written(world, folder):
    engine = world.engine()

    engine.up([resource(folder=str(folder), certificate=f"# root of us\n\n{pem(world, 'us')}\n")])

    assert engine.state["circle"].outputs["verified"] is True
    engine.destroy()


def test_another_certificate_than_the_expected_one_is_not_trusted(world, folder):
    expected = pem(world, "us")
    world.control.rotate_root_certificate("us")

    with pytest.raises(HarnessFailure, match=f"expected is {fingerprint(expected)}"):
        world.engine().up([resource(folder=str(folder), certificate=expected)])

    assert list(folder.iterdir()) == []


def test_a_certificate_that_is_not_a_ca_is_refused(world):
    with pytest.raises(CheckFailed, match=r"not an authority's \(no CA\)"):
        world.engine().preview([resource(certificate=certificate(ca=False)[0])])


def test_a_private_key_beside_the_certificate_is_refused_and_never_echoed(world):
    public, private = certificate()

    with pytest.raises(CheckFailed, match="holds a private key") as failure:
        world.engine().preview([resource(certificate=public + private)])

    assert not any(line in str(failure.value) for line in private.splitlines()[1:-1])


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"trusts": "eu"}, "a JPD believes itself anyway"),
        ({"file_name": "../us.crt"}, "no plain file name"),
        ({"file_name": "us.key"}, "ends with .crt"),
        ({"verify_seconds": 61}, "not between 0 and 60"),
        ({"certificate": "us"}, "no certificate in PEM form"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(world, inputs, said):
    before = world.calls()

    with pytest.raises(CheckFailed, match=said):
        world.engine().preview([resource(**inputs)])

    assert world.calls() == before


def test_a_folder_that_is_not_there_is_one_clear_message(world, tmp_path):
    with pytest.raises(HarnessFailure, match="Name the folder etc/access/keys/trusted"):
        world.engine().up([resource(folder=str(tmp_path / "missing"))])


def test_a_jpd_that_is_down_is_unknown(world, folder):
    engine = world.engine()
    engine.up([resource(folder=str(folder))])
    world.control.stop("us")

    [step] = engine.preview([resource(folder=str(folder))], refresh=True).steps

    assert (step.op.value, step.changed) == ("update", {"drift"})
    world.control.start("us")
    engine.destroy()


def _both(one, other):
    assert (one, other) == (True, True)
