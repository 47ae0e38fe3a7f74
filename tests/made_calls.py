"""Made-up calls, recognisers that hear what they are told, and a center that takes calls in and scans them."""

import hashlib
import io
import json

import numpy as np
import soundfile
from django.db import connections

from hushkeep import audio
from hushkeep.kernel import Unavailable, new_id
from hushkeep.records.models import RecordingCopy
from hushkeep.records.recordings import _copies
from hushkeep.records.recordings.scanning import SCAN
from hushkeep.runtime import jobs
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction

RATE = 8000
CODE = "4917"
LOUD = 0.05
"""Noise of which a second fills 25 kB of FLAC."""
LOW = {"1": 697, "2": 697, "3": 697, "4": 770, "5": 770, "6": 770, "7": 852, "8": 852, "9": 852, "0": 941}
HIGH = {"1": 1209, "2": 1336, "3": 1477, "4": 1209, "5": 1336, "6": 1477, "7": 1209, "8": 1336, "9": 1477, "0": 1336}


def wav(sound, rate=RATE):
    """``sound``, shape (frames, channels), as a WAV file of 16 bits."""
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def call(code=CODE, seconds=12.0, at=8.0, seed=1, noise=1e-4):
    """A stereo WAV: ``noise`` on both lines, and ``code`` typed on the first at second ``at``.

    Loud noise makes a copy of many segments in few seconds.
    """
    rng = np.random.default_rng(seed)
    sound = rng.normal(0, noise, (int(seconds * RATE), 2)).astype(np.float32)
    for i, key in enumerate(code):
        t = np.arange(int(0.1 * RATE)) / RATE
        tone = 0.2 * (np.sin(2 * np.pi * LOW[key] * t) + np.sin(2 * np.pi * HIGH[key] * t))
        start = int((at + 0.25 * i) * RATE)
        sound[start : start + len(t), 0] += tone.astype(np.float32)
    return wav(sound)


def voiced(data, loud=1.0):
    """The call ``data`` with something like a voice in it, from second 1 to 5 of the second line."""
    sound, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    t = np.arange(4 * rate) / rate
    hum = sum(np.sin(2 * np.pi * 140 * n * t) / n for n in range(1, 20)) * (0.06 + 0.05 * np.sin(2 * np.pi * 4 * t))
    sound[rate : 5 * rate, 1] += loud * hum.astype(np.float32)
    return wav(sound, rate)


def keys_heard(data, suffix, fewest=3):
    """The keys that can be heard in a file."""
    listened = audio.listen(audio.Recording(io.BytesIO(data), suffix))
    return ["".join(key.key for key in run) for keys in listened.keys for run in audio.entries(keys, fewest=fewest)]


DIGESTS = {"source_sha256", "output_sha256", "recogniser_sha256", "sha256", "public_key", "signature"}


def said_in(manifest):
    """The text of ``manifest`` but for its digests and keys: any four digits stand in those by chance."""
    return json.dumps(json.loads(manifest, object_hook=_undigested), ensure_ascii=False)


def _undigested(value):
    return {name: one for name, one in value.items() if name not in DIGESTS}


class Deaf:
    """A recogniser that is there and hears no word."""

    name, digest = "test/deaf", "00"

    def hear(self, _sound, _language):
        return audio.Heard("en", ())


AWAY = Unavailable("recogniser is away")


class Away(Deaf):
    """A recogniser that does not answer."""

    def hear(self, _sound, _language):
        raise AWAY


class Attentive(Deaf):
    """Hears a code read out, each word as long as something sounds at its time."""

    SAID = (" my", " security", " code", " is", " four", " nine", " one", " seven")

    def hear(self, sound, _language):
        words = []
        for n, text in enumerate(self.SAID):
            start, end = 0.4 + 0.45 * n, 0.8 + 0.45 * n
            if np.abs(sound[int(start * 16_000) : int(end * 16_000)]).max(initial=0.0) > 0.01:
                words.append(audio.Word(start, end, text, 0.95))
        return audio.Heard("en", tuple(words))


class Desk:
    """A center that takes recordings in and scans them as the worker does."""

    def __init__(self, program):
        self.program, self.tenant = program, program.key.tenant

    def header(self, data, **said):
        """What is told of the file ``data`` when it is sent."""
        digest = hashlib.sha256(data).hexdigest()
        return {"id": str(new_id()), "suffix": "wav", "size": len(data), "sha256": digest} | said

    def land(self, data, first=None, **said):
        """Send ``data``, or its ``first`` bytes; return the answer."""
        body = json.dumps(self.header(data, **said)).encode() + b"\n" + (data if first is None else data[:first])
        return self.program.send("POST", "/recordings", body)

    def part(self, recording, at, data):
        """Send the bytes from the offset ``at`` on; return the answer."""
        return self.program.send("POST", f"/recordings/{recording}/parts?at={at}", data)

    def scan(self, recording):
        """Do what the worker does with ``recording``."""
        jobs.run(SCAN.name, str(self.tenant), {"recording": f"urn:uuid:{recording}"})

    def landed(self, data, **said):
        """The id of ``data``, sent."""
        answer = self.land(data, **said)
        assert answer.status_code == 201, answer.content
        return answer.json()["id"]

    def redacted(self, data, **said):
        """The id of ``data``, sent and scanned."""
        recording = self.landed(data, **said)
        self.scan(recording)
        return recording

    def rows(self, statement, *values):
        """What the database answers, in the center's transaction."""
        with tenant_transaction(self.tenant), connections["default"].cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    def state(self, recording):
        """(state, reason) of ``recording``."""
        return self.rows("SELECT state, reason FROM records_recording WHERE id = %s", recording)[0]

    def opened(self, keys):
        """(role, suffix, bytes) of every object of this center, opened with everything a thief could ask for."""
        found = []
        with tenant_transaction(self.tenant):
            for copy in RecordingCopy.objects.order_by("recording", "role", "part"):
                [(subject, ring)] = self.rows(
                    "SELECT subject, ring FROM records_recording WHERE id = %s", copy.recording
                )
                whom = [subject] + ([ring] if copy.ring_wrap is not None else [])
                ticket = keys.ticket_job(self.tenant, new_id(), whom, [_copies.KLASS], new_id())
                copy.part = 0  # each is opened by itself
                file = _copies.opened([copy], ticket, new_id(), keys)
                found.append((copy.role, copy.suffix, file.read()))
        return found


class Player:
    """What a console does: reads the offsets, then asks for seconds."""

    def __init__(self, browser, recording, purpose="quality_review"):
        self.browser, self.recording, self.purpose = browser, recording, purpose

    def detail(self):
        """What the API says of the recording."""
        return self.browser.get(f"/recordings/{self.recording}")

    def get(self, said):
        """Ask for the range ``said``."""
        return self.browser.get(f"/recordings/{self.recording}/audio?purpose={self.purpose}", Range=said)

    def seconds(self, first, end):
        """Ask for the seconds from ``first`` to before ``end``."""
        ends = self.detail().json()["pieces"]
        return self.get(f"bytes={ends[first]}-{ends[end] - 1}")


def objects_on_disk():
    """The files of the site's object store."""
    return [path for path in settings().objects_dir.rglob("*") if path.is_file()]
