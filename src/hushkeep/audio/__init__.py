"""Read, search and silence call recordings.

    >>> import io
    >>> import numpy, soundfile
    >>> from hushkeep import audio
    >>> source, copy = audio.Recording(io.BytesIO(), "wav"), audio.Recording(io.BytesIO(), "flac")
    >>> soundfile.write(source.file, numpy.zeros(8000, "float32"), 8000, format="WAV")
    >>> manifest = audio.redact(source, copy, audio.Search(audio.Mode.STRICT, engine=None))
    >>> manifest.hidden, manifest.state, manifest.reasons
    ((), 'quarantined', ('speech_not_searched',))

A pure library: no network, no database, no settings, no clock.
"""

from hushkeep.audio.apart import ApartRecogniser
from hushkeep.audio.copying import silence
from hushkeep.audio.decoding import Samples, Shape, opened
from hushkeep.audio.hiding import Hidden
from hushkeep.audio.keypad import Key, KeypadEar, entries, keys_in
from hushkeep.audio.listening import Progress, Recording, listen, seconds
from hushkeep.audio.manifest import Manifest, check_signature, read, sign
from hushkeep.audio.mending import MENDABLE, mend
from hushkeep.audio.numbers import Mode
from hushkeep.audio.pieces import LEAD_SECONDS, opus_holds, peaks, pieces
from hushkeep.audio.recogniser import Heard, Recogniser, Word
from hushkeep.audio.redaction import Search, redact
from hushkeep.audio.remote import Post, RemoteRecogniser
from hushkeep.audio.verification import Problem, verify
from hushkeep.audio.weights import WHISPER_BASE, packaged_folder

__all__ = [
    "LEAD_SECONDS",
    "MENDABLE",
    "WHISPER_BASE",
    "ApartRecogniser",
    "Heard",
    "Hidden",
    "Key",
    "KeypadEar",
    "Manifest",
    "Mode",
    "Post",
    "Problem",
    "Progress",
    "Recogniser",
    "Recording",
    "RemoteRecogniser",
    "Samples",
    "Search",
    "Shape",
    "Word",
    "check_signature",
    "entries",
    "keys_in",
    "listen",
    "mend",
    "opened",
    "opus_holds",
    "packaged_folder",
    "peaks",
    "pieces",
    "read",
    "redact",
    "seconds",
    "sign",
    "silence",
    "verify",
]
