"""``hushkeep keys prove``: sign with a device of one's own for a rotation or a destruction; two people do it."""

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import click
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hushkeep.kernel import InvalidInput, NotFound, timestamp
from hushkeep.keys import evidence
from hushkeep.runtime.clock import now
from hushkeep.runtime.files import write_private
from hushkeep.runtime.key_client import Proof

_PATH: Final = click.Path(path_type=Path)
_HALF: Final = 32

proofs_option = click.option(
    "--proof", "proofs", type=_PATH, multiple=True, help="What keys prove wrote; two people's under dual control."
)


@click.command()
@click.argument("use", type=click.Choice(["rotate", "shred"]))
@click.argument("tenant", type=click.UUID)
@click.argument("out", type=_PATH)
@click.option("--subject", type=click.UUID, help="Whose keys are destroyed (shred).")
@click.option("--class", "classes", multiple=True, help="As shred will be told (shred).")
@click.option("--basis", default="", help="As shred will be told (shred).")
@click.option("--event", type=click.UUID, required=True, help="The event that both people and the command name.")
@click.option("--person", type=click.UUID, required=True, help="Who signs.")
@click.option("--device", type=click.UUID, required=True, help="Their trusted device.")
@click.option("--device-key", type=_PATH, required=True, help="Its private key (P-256, PEM, not encrypted).")
def prove(  # noqa: PLR0913, PLR0917 - what the signature binds
    use: str,
    tenant: UUID,
    out: Path,
    subject: UUID | None,
    classes: tuple[str, ...],
    basis: str,
    event: UUID,
    person: UUID,
    device: UUID,
    device_key: Path,
) -> None:
    """Sign for a rotation of TENANT's key or the destruction of a subject's, and write the proof to OUT.

    Good for one minute and one command: both people sign at the same time, each where their device's key is.

    \b
    Example: hushkeep keys prove rotate T one.proof --event E --person P --device D --device-key own.pem
             hushkeep keys rotate T --actor P --event E --proof one.proof --proof two.proof
    """  # noqa: D301 - click's own mark
    if (use == "shred") != (subject is not None and bool(basis)):
        raise InvalidInput("shred is signed with --subject and --basis, rotate without")
    at = now()
    signed = evidence.statement(
        use=use,
        tenant=tenant,
        actor=person,
        device=device,
        conversation=None,
        subjects=[subject] if subject else [],
        classes=list(classes),
        purpose=basis,
        event=event,
        at=at,
    )
    r, s = decode_dss_signature(_key(device_key).sign(signed, ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
    told = {"person": str(person), "device": str(device), "at": timestamp(at)}
    write_private(out, json.dumps(told | {"signature": base64.b64encode(signature).decode()}).encode() + b"\n")


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError:
        raise NotFound(f"no file {path}") from None
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidInput(f"{path.name} is no private key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidInput(f"{path.name} is no key of a device: those lie on P-256")
    return key


def read_proof(path: Path) -> Proof:
    """Return the proof that ``prove`` wrote to ``path``; raise NotFound, or InvalidInput for anything else."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Proof(
            UUID(told["person"]),
            UUID(told["device"]),
            datetime.fromisoformat(told["at"]),
            base64.b64decode(told["signature"], validate=True),
        )
    except FileNotFoundError:
        raise NotFound(f"no file {path}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InvalidInput(f"{path.name} is no proof of a device") from None
