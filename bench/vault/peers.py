"""Seal and open beside tink-py, Fernet, ``openssl enc`` and ``age``: interleaved rounds, best of each, CPU time.

    PYTHONPATH=src python bench/vault/peers.py [--rounds 5] [--megabytes 256]

Small values: 11 bytes under one key, associated data of 40 to 80 bytes where the peer takes it. Files: from and to a
folder in memory (/dev/shm), user and system time together. ``openssl enc`` does not authenticate; ``age`` agrees a key.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import tink
from cryptography.fernet import Fernet
from tink import aead

from hushkeep import vault

PHONE = b"13800138000"
COUNT = 20_000


def _small() -> dict[str, Callable[[], float]]:
    key = vault.DataKey.random()
    place = vault.Context(tenant=uuid4(), table="customer", klass="contact", row=uuid4())
    column = vault.Column(tenant=place.tenant, table="customer", klass="contact")
    values = [(uuid4(), PHONE) for _ in range(COUNT)]
    sealed = [(row, value) for (row, _), value in zip(values, vault.seal_column(key, values, column), strict=True)]
    one = vault.seal(key, PHONE, place)
    aead.register()
    theirs = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM).primitive(aead.Aead)
    bound = place.encode()
    tinked = theirs.encrypt(PHONE, bound)
    fernet = Fernet(Fernet.generate_key())
    token = fernet.encrypt(PHONE)

    def repeat(act: Callable[[], object]) -> Callable[[], float]:
        def run() -> float:
            start = time.process_time()
            for _ in range(COUNT):
                act()
            return COUNT / (time.process_time() - start)

        return run

    def whole(act: Callable[[], object]) -> Callable[[], float]:
        def run() -> float:
            start = time.process_time()
            act()
            return COUNT / (time.process_time() - start)

        return run

    return {
        "hushkeep column seal": whole(lambda: vault.seal_column(key, values, column)),
        "hushkeep column open": whole(lambda: vault.open_column(key, sealed, column)),
        "hushkeep single seal": repeat(lambda: vault.seal(key, PHONE, place)),
        "hushkeep single open": repeat(lambda: vault.open_sealed(key, one, place)),
        "tink-py seal": repeat(lambda: theirs.encrypt(PHONE, bound)),
        "tink-py open": repeat(lambda: theirs.decrypt(tinked, bound)),
        "fernet seal": repeat(lambda: fernet.encrypt(PHONE)),
        "fernet open": repeat(lambda: fernet.decrypt(token)),
    }


def _children(command: list[str], source: Path, target: Path) -> float:
    """Return user + system seconds of a command from ``source`` to ``target``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with source.open("rb") as reading, target.open("wb") as writing:
        subprocess.run(command, stdin=reading, stdout=writing, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _files(folder: Path, megabytes: int) -> dict[str, Callable[[], float]]:
    plain, out = folder / "plain", folder / "out"
    with plain.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1 << 20))
    size = megabytes * (1 << 20) / 1e9
    key = vault.DataKey.random()
    sealed = folder / "sealed"
    with plain.open("rb") as source, sealed.open("wb") as target:
        vault.seal_stream(source, target, key, uuid4())
    (folder / "key").write_bytes(os.urandom(32))
    identity = folder / "age.txt"
    subprocess.run(["age-keygen", "-o", str(identity)], check=True, capture_output=True)
    recipient = identity.read_text().split("public key: ")[1].split()[0]

    def ours_seal() -> float:
        start = time.process_time()
        with plain.open("rb") as source, out.open("wb") as target:
            vault.seal_stream(source, target, key, uuid4())
        return size / (time.process_time() - start)

    def ours_open() -> float:
        start = time.process_time()
        with sealed.open("rb") as source, out.open("wb") as target:
            vault.open_stream(source, target, key)
        return size / (time.process_time() - start)

    def ours_memory() -> float:
        data = bytes(1 << 20)
        with Path(os.devnull).open("wb") as target:
            start = time.process_time()
            with vault.SealedWriter(target, key, uuid4()) as writer:
                for _ in range(megabytes):
                    writer.write(data)
            return size / (time.process_time() - start)

    openssl = ["openssl", "enc", "-aes-256-ctr", "-K", "11" * 32, "-iv", "22" * 16, "-bufsize", str(1 << 20)]
    return {
        "hushkeep file seal": ours_seal,
        "hushkeep file open": ours_open,
        "hushkeep seal from memory": ours_memory,
        "openssl enc -aes-256-ctr": lambda: size / _children(openssl, plain, out),
        "age encrypt": lambda: size / _children(["age", "-r", recipient], plain, out),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=256)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        jobs = _small() | _files(Path(folder), given.megabytes)
        best = dict.fromkeys(jobs, 0.0)
        for _ in range(given.rounds):
            for name, job in jobs.items():
                best[name] = max(best[name], job())
    figures = {name: round(value, 2) if value < 1000 else round(value) for name, value in best.items()}
    ratios = {
        "column seal / tink-py": best["hushkeep column seal"] / best["tink-py seal"],
        "column open / tink-py": best["hushkeep column open"] / best["tink-py open"],
        "column seal / fernet": best["hushkeep column seal"] / best["fernet seal"],
        "file seal / openssl enc": best["hushkeep file seal"] / best["openssl enc -aes-256-ctr"],
        "file seal / age": best["hushkeep file seal"] / best["age encrypt"],
    }
    print(json.dumps({"per_second": figures, "ratios": {name: round(r, 2) for name, r in ratios.items()}}, indent=1))


if __name__ == "__main__":
    main()
