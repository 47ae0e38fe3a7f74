"""The local certificate authority: one for the site, leaves of 90 days, for the site's own names only."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hushkeep.runtime.address import ca_file
from hushkeep.runtime.files import private_folder, write_private
from hushkeep.runtime.settings import Settings

LEAF_DAYS = 90
RENEW_BEFORE = dt.timedelta(days=30)
_CA_DAYS = 3650
_LOOPBACK = (ipaddress.ip_network("127.0.0.1/32"), ipaddress.ip_network("::1/128"))


@dataclass(frozen=True, slots=True)
class Serving:
    """What the front serves with: the certificate chain and its key (PKCS#8), both PEM files."""

    chain: Path
    key: Path


def issued(site: Settings) -> Serving:
    """Return what the supervisor had issued: the process that serves with it never reads the authority's key."""
    if site.tls_certificate is not None and site.tls_key is not None:
        return Serving(site.tls_certificate, site.tls_key)
    return Serving(site.tls_dir / "leaf.pem", site.tls_dir / "leaf.key")


def serving_certificate(site: Settings, now: dt.datetime) -> Serving:
    """Return the certificate to serve with: the site's own, or a leaf of the local authority, made or renewed now.

    A leaf is renewed when it has less than 30 days left or another name.
    """
    if site.tls_certificate is not None and site.tls_key is not None:
        return Serving(site.tls_certificate, site.tls_key)
    private_folder(site.tls_dir)
    ca_key, ca = _authority(site, now)
    serving = Serving(site.tls_dir / "leaf.pem", site.tls_dir / "leaf.key")
    if serving.chain.exists() and serving.key.exists():
        leaf = x509.load_pem_x509_certificate(serving.chain.read_bytes())
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        fresh = now + RENEW_BEFORE < leaf.not_valid_after_utc and leaf.issuer == ca.subject
        if fresh and names.get_values_for_type(x509.DNSName)[0] == site.host:
            return serving
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = _leaf(site.host, key, ca_key, ca, now)
    write_private(serving.key, _pem(key), replace=True)
    chain = leaf.public_bytes(serialization.Encoding.PEM) + ca.public_bytes(serialization.Encoding.PEM)
    write_private(serving.chain, chain, replace=True)
    return serving


def _authority(site: Settings, now: dt.datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key_file = site.tls_dir / "ca.key"
    if key_file.exists() and ca_file(site).exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("the authority's key is no elliptic curve key")
        known = x509.load_pem_x509_certificate(ca_file(site).read_bytes())
        bounds = known.extensions.get_extension_for_class(x509.NameConstraints).value
        if x509.DNSName(site.host) in (bounds.permitted_subtrees or ()):
            return key, known
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Hushkeep local authority {serial % 0x10000:04x}")])
    # Whoever trusts this authority trusts it for this site alone, even should its key be stolen.
    allowed = [*{x509.DNSName(site.host), x509.DNSName("localhost")}, *(x509.IPAddress(net) for net in _LOOPBACK)]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), serial)
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=_CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .add_extension(x509.NameConstraints(allowed, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_private(key_file, _pem(key), replace=True)
    write_private(ca_file(site), certificate.public_bytes(serialization.Encoding.PEM), replace=True)
    return key, certificate


def _leaf(
    host: str,
    key: ec.EllipticCurvePrivateKey,
    ca_key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate,
    now: dt.datetime,
) -> x509.Certificate:
    names: list[x509.GeneralName] = [x509.DNSName(host)]
    if host != "localhost":
        names.append(x509.DNSName("localhost"))
    names += [x509.IPAddress(net.network_address) for net in _LOOPBACK]
    return (
        x509.CertificateBuilder(
            ca.subject,
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]),
            key.public_key(),
            x509.random_serial_number(),
        )
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=LEAF_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _usage(*, key_cert_sign: bool = False, digital_signature: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
