"""The local authority vouches for this site's names alone, and its leaves are renewed in time."""

import datetime as dt
import stat

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from hushkeep.runtime.address import ca_file
from hushkeep.runtime.certificates import LEAF_DAYS, serving_certificate
from hushkeep.runtime.settings import Settings

NOW = dt.datetime(2026, 3, 4, 8, tzinfo=dt.UTC)


@pytest.fixture
def site(tmp_path):
    return Settings(data_dir=tmp_path / "d", host="keep.example")


def _leaf(serving):
    return x509.load_pem_x509_certificates(serving.chain.read_bytes())[0]


def test_a_leaf_lasts_ninety_days_and_names_the_site(site):
    leaf = _leaf(serving_certificate(site, NOW))
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["keep.example", "localhost"]
    assert leaf.not_valid_after_utc - NOW == dt.timedelta(days=LEAF_DAYS)


def test_the_authority_is_bound_to_the_sites_names(site):
    serving_certificate(site, NOW)
    authority = x509.load_pem_x509_certificate(ca_file(site).read_bytes())
    bounds = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert bounds.critical
    assert {str(name.value) for name in bounds.value.permitted_subtrees} == {
        "keep.example",
        "localhost",
        "127.0.0.1/32",
        "::1/128",
    }


def test_a_certificate_is_kept_until_thirty_days_before_its_end(site):
    first = _leaf(serving_certificate(site, NOW))
    assert _leaf(serving_certificate(site, NOW + dt.timedelta(days=59))) == first
    renewed = _leaf(serving_certificate(site, NOW + dt.timedelta(days=61)))
    assert renewed.not_valid_after_utc > first.not_valid_after_utc
    authority = x509.load_pem_x509_certificate(ca_file(site).read_bytes())
    renewed.verify_directly_issued_by(authority)


@pytest.mark.parametrize(("host", "same_authority"), [("localhost", True), ("other.example", False)])
def test_another_name_gets_another_certificate(site, host, same_authority):
    serving_certificate(site, NOW)
    authority = ca_file(site).read_bytes()
    other = _leaf(serving_certificate(site.model_copy(update={"host": host}), NOW))
    names = other.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName)[0] == host
    other.verify_directly_issued_by(x509.load_pem_x509_certificate(ca_file(site).read_bytes()))
    assert (ca_file(site).read_bytes() == authority) == same_authority


def test_keys_are_their_owners_alone_and_pkcs8(site):
    serving = serving_certificate(site, NOW)
    for file in (serving.key, site.tls_dir / "ca.key"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert b"BEGIN PRIVATE KEY" in file.read_bytes()
    key = serialization.load_pem_private_key(serving.key.read_bytes(), None)
    assert key.public_key() == _leaf(serving).public_key()


def test_your_own_certificate_is_served_as_it_is(tmp_path):
    site = Settings(data_dir=tmp_path / "d", tls_certificate=tmp_path / "c", tls_key=tmp_path / "k")
    assert serving_certificate(site, NOW).chain == tmp_path / "c"
    assert not site.tls_dir.exists()
