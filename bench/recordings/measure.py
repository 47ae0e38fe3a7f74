"""Recordings from landing to playing: what becomes of a folder of them, how fast, and how long a seek takes.

    python bench/recordings/measure.py FOLDER --model-folder M [--count 12] [--seeks 300]

Makes database and key service of its own in a temporary folder and removes them. A seek is one request for a second at
a random place of a long recording, through everything: session of a person, decision, key service, log, event.
"""

import argparse
import functools
import hashlib
import io
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

RATE = 8000
PART_BYTES = 8 << 20


def arrival(data, name):
    """Return the request's body for the file ``data``."""
    digest = hashlib.sha256(data).hexdigest()
    head = {"id": name, "suffix": name.rpartition(".")[2], "size": len(data), "sha256": digest}
    return json.dumps(head).encode() + b"\n" + data


def percentile(values, share):
    """Return the ``share`` (0-1) quantile of ``values``."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def whole_way(files):
    """Land and scan ``files``; print states, reasons and speed."""
    from hushkeep.audio.whisper import in_folder  # noqa: PLC0415
    from hushkeep.channels import recordings as received  # noqa: PLC0415
    from hushkeep.kernel import Unavailable  # noqa: PLC0415
    from hushkeep.records.recordings import _searching, landing  # noqa: PLC0415
    from hushkeep.records.recordings.scanning import SCAN  # noqa: PLC0415

    # In this process instead of one of its own, so that its time and memory are counted.
    _searching._local = functools.cache(lambda folder: in_folder(str(folder)))  # noqa: SLF001
    ends, heard, spent = Counter(), 0.0, 0.0
    for file in files:
        given = _placed()
        act = lambda permit, file=file, given=given: landing.land(  # noqa: E731
            permit, *_parts(received.split(arrival(file.read_bytes(), file.name))), CENTER["keys"], **given
        )
        landed = CENTER["by_system"](CENTER["tenant"], CENTER["land"], None, act=act)
        before = time.process_time()
        try:
            SCAN.work(CENTER["tenant"], recording=landed.id)
        except Unavailable as failure:
            print("unavailable", failure)
        spent += time.process_time() - before
        state, reason, seconds, channels = _row(landed.id)
        ends[state, reason] += 1
        heard += (seconds or 0) * (channels or 0)
        print(f"{file.name}: {state} {reason or ''}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ends": {f"{s} {r or ''}".strip(): n for (s, r), n in ends.items()}}))
    print(f"{heard / spent:.1f} x real time a core and channel, check included; {peak:.0f} MB at most")


def _parts(split):
    head, rest = split
    return head, [rest]


def _placed():
    """What a recording lands with: the ids reserved for what is made, and the time."""
    from hushkeep.records.recordings import landing  # noqa: PLC0415

    return {"place": landing.reserve(CENTER["tenant"]), "now": CENTER["now"]()}


def _given():
    """What a further part is taken with: the id reserved for its object, and the time."""
    from hushkeep.records import discarded  # noqa: PLC0415

    return {"object_id": discarded.reserve(CENTER["tenant"]), "now": CENTER["now"]()}


def _row(recording):
    from django.db import connection  # noqa: PLC0415

    from hushkeep.runtime.tenancy import tenant_transaction  # noqa: PLC0415

    with tenant_transaction(CENTER["tenant"]), connection.cursor() as cursor:
        cursor.execute("SELECT state, reason, seconds, channels FROM records_recording WHERE id = %s", [recording])
        return cursor.fetchone()


def seeks(count, minutes):
    """Time ``count`` seconds at random places of a call of ``minutes``, decided, opened and logged one by one."""
    import numpy as np  # noqa: PLC0415
    import soundfile  # noqa: PLC0415

    from hushkeep import audio  # noqa: PLC0415
    from hushkeep.access.actors import Actor, Target  # noqa: PLC0415
    from hushkeep.access.gate import guarded  # noqa: PLC0415
    from hushkeep.channels import recordings as received  # noqa: PLC0415
    from hushkeep.identity.roles import Role  # noqa: PLC0415
    from hushkeep.kernel import Action, new_id  # noqa: PLC0415
    from hushkeep.records.recordings import _searching, landing, playback, shelf  # noqa: PLC0415
    from hushkeep.records.recordings.scanning import SCAN  # noqa: PLC0415
    from hushkeep.runtime.tenancy import tenant_transaction  # noqa: PLC0415

    class Deaf:
        name, digest = "bench/none", ""

        def hear(self, _sound, _language):
            return audio.Heard("en", ())

    rng = np.random.default_rng(1)
    sound = rng.normal(0, 1e-4, (minutes * 60 * RATE, 2)).astype("float32")
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format="WAV", subtype="PCM_16")
    _searching.recogniser = lambda *_: Deaf()
    data = file.getvalue()
    head = arrival(data, "long.wav")[: -len(data)]

    given = _placed()

    def first(permit):
        parts = _parts(received.split(head + data[:PART_BYTES]))
        return landing.land(permit, *parts, CENTER["keys"], **given).id

    recording = CENTER["by_system"](CENTER["tenant"], CENTER["land"], None, act=first)
    for at in range(PART_BYTES, len(data), PART_BYTES):
        given = _given()

        def following(permit, at=at, given=given):
            part = [data[at : at + PART_BYTES]]
            return landing.add_part(permit, recording, at, part, CENTER["keys"], **given)

        CENTER["by_system"](CENTER["tenant"], CENTER["land"], Target(kind="recording", id=recording), act=following)
    SCAN.work(CENTER["tenant"], recording=recording)
    with tenant_transaction(CENTER["tenant"]):
        from hushkeep.records.models import Recording  # noqa: PLC0415

        ends = Recording.objects.get(id=recording).pieces
        facts = shelf.facts_of(recording)
    person = Actor(
        person=new_id(), tenant=CENTER["tenant"], role=Role.SUPERVISOR, second_factor_at=CENTER["now"](), session=None
    )
    target = Target(kind="recording", id=recording, subject=facts.subject)
    whole, inner = [], []

    def handed(permit, at):
        began = time.perf_counter()
        done = playback.play(permit, recording, at, at, CENTER["keys"], now=CENTER["now"]())
        inner.append(1e3 * (time.perf_counter() - began))
        return done

    for _ in range(count):
        at = random.randrange(ends[-1])
        began = time.perf_counter()
        guarded(
            person, Action.RECORDING_PLAY, target, purpose="complaint", act=lambda permit, at=at: handed(permit, at)
        )
        whole.append(1e3 * (time.perf_counter() - began))
    for name, values in (("open and log", inner), ("with decision, event and commit", whole)):
        print(
            f"seek, {name}: p50 {statistics.median(values):.1f} ms, p99 {percentile(values, 0.99):.1f} ms "
            f"({count} seconds of {minutes} min, {ends[-1] >> 20} MiB)"
        )


CENTER = {}


def main():
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model-folder", type=Path)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seeks", type=int, default=300)
    parser.add_argument("--minutes", type=int, default=20)
    parser.add_argument("--mode", default="strict")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hushkeep-bench-"))
    folder.chmod(0o711)
    os.environ["HUSHKEEP_DATA_DIR"] = str(folder / "site")
    os.environ["HUSHKEEP_RECORDING_MODE"] = asked.mode
    if asked.model_folder:
        os.environ |= {"HUSHKEEP_RECOGNISER": "folder", "HUSHKEEP_RECOGNISER_FOLDER": str(asked.model_folder)}
    from hushkeep.runtime.boot import boot  # noqa: PLC0415
    from hushkeep.runtime.secret_files import DJANGO, make_secret  # noqa: PLC0415

    make_secret(DJANGO)
    boot()
    try:
        measured(asked, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measured(asked, folder):
    """Start database and key service, then measure."""
    from django.db import connections  # noqa: PLC0415

    from hushkeep.access.gate import by_system  # noqa: PLC0415
    from hushkeep.identity import tenants  # noqa: PLC0415
    from hushkeep.kernel import Action  # noqa: PLC0415
    from hushkeep.keys import init_site  # noqa: PLC0415
    from hushkeep.runtime import clock  # noqa: PLC0415
    from hushkeep.runtime.key_client import keys  # noqa: PLC0415
    from hushkeep.runtime.local_database import local_database  # noqa: PLC0415
    from hushkeep.runtime.schema import migrate  # noqa: PLC0415
    from hushkeep.runtime.settings import settings  # noqa: PLC0415
    from hushkeep.runtime.site import Site, write_site  # noqa: PLC0415

    place = settings()
    init_site(place.keys_dir, key_file=place.root_key_file, recovery_dir=folder / "recovery")
    with local_database(place):
        migrate()
        write_site(Site("demo", ()))
        place.run_dir.mkdir(exist_ok=True)
        words = ("--keys-dir", place.keys_dir, "--socket", place.keys_socket, "--key-file", place.root_key_file)
        service = subprocess.Popen(
            [sys.executable, "-m", "hushkeep.keys", "--unproved-samples", *map(str, words)], stderr=subprocess.PIPE
        )
        try:
            service.stderr.readline()
            tenant = tenants.create("Bench", demo=False, now=clock.now()).id
            keys().create_tenant(tenant)
            CENTER.update(tenant=tenant, keys=keys(), now=clock.now, by_system=by_system, land=Action.RECORDING_LAND)
            files = sorted(asked.folder.glob("*.flac"))
            if asked.count:
                whole_way(files[:: max(1, len(files) // asked.count)][: asked.count])
            seeks(asked.seeks, asked.minutes)
        finally:
            connections.close_all()
            service.terminate()
            service.wait(20)


if __name__ == "__main__":
    main()
