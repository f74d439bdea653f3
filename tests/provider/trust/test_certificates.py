"""Root certificates: what may be trusted, and how two are compared."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jpd_provider import redaction
from jpd_provider.trust.certificates import Refused, RootCertificate

KEY = ec.generate_private_key(ec.SECP256R1())


def pem(*, ca: bool | None = True) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "JFrog Token Issuer")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def private_key() -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return KEY.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def test_a_certificate_is_the_same_however_it_is_written_down() -> None:
    text = pem()

    one, other = RootCertificate(text, where="a"), RootCertificate(f"\n# root\n{text}".replace("\n", "\r\n"), where="b")

    assert one.fingerprint == other.fingerprint
    assert len(one.fingerprint) == 64
    assert (one.pem, one.not_after) == (text, "2027-01-01T00:00:00+00:00")


@pytest.mark.parametrize("text", ["", "us", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"root of us: no certificate in PEM form\."):
        RootCertificate(text, where="root of us")


def test_a_bundle_is_refused() -> None:
    with pytest.raises(Refused, match="2 certificates where one is due"):
        RootCertificate(pem() + pem(), where="root of us")


@pytest.mark.parametrize("ca", [False, None])
def test_a_certificate_that_is_not_an_authoritys_is_refused(ca: bool | None) -> None:
    with pytest.raises(Refused, match="not an authority's"):
        RootCertificate(pem(ca=ca), where="root of us")


@pytest.mark.parametrize("text", [private_key(), pem() + private_key(), private_key().partition("-----END")[0]])
def test_a_private_key_is_refused_not_echoed_and_masked_from_then_on(text: str) -> None:
    with pytest.raises(Refused, match="holds a private key") as refused:
        RootCertificate(text, where="root of us")

    middle = private_key().splitlines()[1]
    assert middle not in str(refused.value)
    assert redaction.redact(f"oops {middle}") == "oops [secret]"
