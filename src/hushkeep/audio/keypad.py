"""Keypad tones (DTMF) in telephone sound: an own, vectorised detector.

Limits after ITU-T Q.24 as operators quote it: accept +-(1.5 % + 2 Hz), 40 ms, twist +4/-8 dB, 15 dB signal to noise;
reject +-3.5 % and 23 ms. Each frame is multiplied with 24 short probes, three beside each of the eight tones, so that
a tone's frequency and power are read off a parabola instead of off a fixed bin.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from hushkeep.audio.decoding import Samples

VERSION = "keypad-1"
RATE = 8000
"""Hertz: the one rate that the detector works at."""
FRAME, HOP = 240, 64  # 30 ms, 8 ms
KEYS = "123A456B789C*0#D"

_TONES = np.array([697, 770, 852, 941, 1209, 1336, 1477, 1633], dtype=np.float64)
_BESIDE = 24.0  # Hz between the probes of one tone: a third of the way to the next tone
_PROBES = (_TONES[:, None] + np.array([-_BESIDE, 0.0, _BESIDE])).ravel()
_HARMONICS = 2 * _TONES
_HIGH_PASS = 40  # samples of the moving average taken away: below 200 Hz lies hum and offset, not a key

_LAG = _HIGH_PASS // 2

_SILENT = 10 ** (-50 / 10)  # mean square of a frame below which no key is looked for
_STRONG_SHARE = 0.86  # of a frame's energy in the two tones: makes a key certain
_WEAK_SHARE = 0.60  # lets a key go on through noise
_BURIED_SHARE = 0.22  # under talk: counts only beside certain keys
_TWIST = (-12.0, 8.0)  # dB, column over row
_ABOVE_OTHERS = 10 ** (5 / 10)  # power over the next tone of the same group
_HARMONIC = 10 ** (8 / 10)  # voices have harmonics, keys do not
_OFF = 0.020  # share of the tone's frequency, to which 3 Hz are added
_BURIED_OFF = 0.016
_STEADY = 0.012  # spread of the frequency within one certain key

# Where a row's harmonic falls beside the column's tone it says nothing: [row, column].
_HARMONIC_APART = np.abs(2 * _TONES[:4, None] - _TONES[None, 4:]) > 100.0

_NONE, _BURIED, _WEAK, _STRONG = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Key:
    """One key heard: ``key`` in KEYS, ``[start, end)`` in samples of 8 kHz, ``certain`` when it needs no neighbour."""

    key: str
    start: int
    end: int
    certain: bool


def _bank() -> npt.NDArray[np.float32]:
    """The probes as a matrix (FRAME, 2 * probes), windowed, scaled so that a sine of amplitude a has power a^2 / 2."""
    window = np.hanning(FRAME + 2)[1:-1]
    phase = 2 * np.pi * np.concatenate([_PROBES, _HARMONICS])[None, :] * np.arange(FRAME)[:, None] / RATE
    bank = np.concatenate([np.cos(phase), np.sin(phase)], axis=1) * window[:, None]
    return np.asarray(bank * np.sqrt(2.0) / window.sum(), dtype=np.float32)


_BANK = _bank()
_SIEVE = np.ascontiguousarray(_BANK[:, [*range(1, 24, 3), *range(33, 56, 3)]])
_SIEVE_SHARE = 0.8 * _BURIED_SHARE  # a tone between two probes shows less of its power
_WINDOW_POWER = (np.hanning(FRAME + 2)[1:-1] ** 2 / (np.hanning(FRAME + 2)[1:-1] ** 2).sum()).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Frames:
    """What each frame shows: index into KEYS, quality (_NONE to _STRONG), deviation of row and column."""

    key: npt.NDArray[np.int8]
    quality: npt.NDArray[np.int8]
    row_off: npt.NDArray[np.float32]
    column_off: npt.NDArray[np.float32]


class KeypadEar:
    """Hears keys in one channel, fed block by block; holds a few bytes for each 8 ms."""

    def __init__(self) -> None:
        self._tail: Samples = np.zeros(_HIGH_PASS, dtype=np.float32)
        self._parts: list[_Frames] = []

    def feed(self, block: Samples) -> None:
        """Take the next samples of the channel, at 8 kHz, shape (frames,)."""
        sound = np.concatenate([self._tail, block])
        count = (len(sound) - _HIGH_PASS - FRAME) // HOP + 1
        if count <= 0:
            self._tail = sound
            return
        self._parts.append(_look(_high_passed(sound), count))
        self._tail = sound[count * HOP :]

    def keys(self) -> list[Key]:
        """Return the keys heard so far, in order of time."""
        if not self._parts:
            return []
        parts = self._parts
        joined = _Frames(
            np.concatenate([part.key for part in parts]),
            np.concatenate([part.quality for part in parts]),
            np.concatenate([part.row_off for part in parts]),
            np.concatenate([part.column_off for part in parts]),
        )
        return _group(joined)


def keys_in(sound: Samples) -> list[Key]:
    """Return the keys in ``sound``: one channel at 8 kHz, whole."""
    ear = KeypadEar()
    step = RATE * 60
    for start in range(0, len(sound), step):
        ear.feed(sound[start : start + step])
    ear.feed(np.zeros(2 * FRAME, dtype=np.float32))
    return ear.keys()


def _high_passed(sound: Samples) -> Samples:
    """``sound`` less its moving average, from sample _HIGH_PASS on (so the result is that much shorter)."""
    total = np.cumsum(sound, dtype=np.float64)
    mean = (total[_HIGH_PASS:] - total[:-_HIGH_PASS]) / _HIGH_PASS
    # The average is centred: the sample in its middle is the one it is taken from.
    middle = sound[_HIGH_PASS // 2 : len(sound) - _HIGH_PASS // 2]
    return (middle - mean).astype(np.float32)


def _look(sound: Samples, count: int) -> _Frames:
    frames = np.lib.stride_tricks.as_strided(
        sound, (count, FRAME), (sound.strides[0] * HOP, sound.strides[0]), writeable=False
    )
    level = np.einsum("ij,ij,j->i", frames, frames, _WINDOW_POWER)
    loud = np.flatnonzero(level > _SILENT)
    loud = loud[_may_hold_a_key(frames[loud], level[loud])]
    found = _Frames(
        np.zeros(count, np.int8), np.zeros(count, np.int8), np.zeros(count, np.float32), np.zeros(count, np.float32)
    )
    if len(loud):
        _judge(np.ascontiguousarray(frames[loud]), level[loud], loud, found)
    return found


def _may_hold_a_key(frames: Samples, level: Samples) -> npt.NDArray[np.bool_]:
    """A quick sieve by one probe for each tone: most of speech stops here."""
    flat = frames @ _SIEVE
    power = flat[:, :8] ** 2 + flat[:, 8:] ** 2
    row, column = power[:, :4].max(axis=1), power[:, 4:].max(axis=1)
    return np.asarray((row + column > _SIEVE_SHARE * level) & (column < 40 * row) & (row < 60 * column))


def _judge(frames: Samples, level: Samples, where: npt.NDArray[np.intp], found: _Frames) -> None:
    """Write into ``found`` what the loud ``frames`` show."""
    flat = frames @ _BANK
    half = flat.shape[1] // 2
    power = flat[:, :half] ** 2 + flat[:, half:] ** 2 + np.float32(1e-12)
    tones, off = _peaks(power[:, :24].reshape(-1, 8, 3))
    harmonics = power[:, 24:]
    at = np.arange(len(frames))
    row, column = tones[:, :4].argmax(axis=1), tones[:, 4:].argmax(axis=1) + 4
    row_power, column_power = tones[at, row], tones[at, column]
    share = (row_power + column_power) / level
    twist = 10 * np.log10(column_power / row_power)
    rest = tones.copy()
    rest[at, row] = rest[at, column] = 0
    clear = (row_power > _ABOVE_OTHERS * rest[:, :4].max(axis=1)) & (
        column_power > _ABOVE_OTHERS * rest[:, 4:].max(axis=1)
    )
    own = _HARMONIC_APART[row, column - 4]
    pure = (~own | (row_power > _HARMONIC * harmonics[at, row])) & (column_power > _HARMONIC * harmonics[at, column])
    row_off, column_off = off[at, row] / _TONES[row], off[at, column] / _TONES[column]
    tuned = _within(row_off, _TONES[row], _OFF) & _within(column_off, _TONES[column], _OFF)
    close = _within(row_off, _TONES[row], _BURIED_OFF) & _within(column_off, _TONES[column], _BURIED_OFF)
    even = (twist > _TWIST[0]) & (twist < _TWIST[1])
    quality = np.where(even & close & clear & (share > _BURIED_SHARE), _BURIED, _NONE)
    good = even & tuned & clear & pure
    quality[good & (share > _WEAK_SHARE)] = _WEAK
    quality[good & (share > _STRONG_SHARE)] = _STRONG
    found.key[where] = row * 4 + column - 4
    found.quality[where] = quality
    found.row_off[where], found.column_off[where] = row_off, column_off


def _within(off: Samples, tone: npt.NDArray[np.float64], share: float) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(off) <= share + 3.0 / tone)


def _peaks(power: Samples) -> tuple[Samples, Samples]:
    """Return power and offset in hertz at the top of the parabola through each tone's three probes (in log power)."""
    low, middle, high = np.log(power[..., 0]), np.log(power[..., 1]), np.log(power[..., 2])
    bend = low - 2 * middle + high
    bend = np.where(bend < -1e-3, bend, -1e-3)
    shift = np.clip(0.5 * (low - high) / bend, -1.3, 1.3)
    return np.exp(middle - 0.25 * (low - high) * shift), (shift * _BESIDE).astype(np.float32)


def _group(frames: _Frames) -> list[Key]:
    """Join frames of one key into keys; holes of one frame are bridged (Q.24: a break of 10 ms is no new key)."""
    usable = np.flatnonzero(frames.quality >= _BURIED)
    if not len(usable):
        return []
    key = frames.key[usable]
    new = np.flatnonzero((np.diff(usable) > 2) | (np.diff(key) != 0)) + 1
    keys: list[Key] = []
    for part in np.split(usable, new):
        made = _key(frames, part)
        if made is not None:
            keys.append(made)
    return keys


def _key(frames: _Frames, part: npt.NDArray[np.intp]) -> Key | None:
    if len(part) < 2:
        return None
    quality = frames.quality[part]
    certain = bool((quality == _STRONG).any()) and int((quality >= _WEAK).sum()) >= 4 and _steady(frames, part)
    # The tone fills at least the middle of each of its frames.
    start, end = int(part[0]) * HOP + FRAME // 4 - _LAG, int(part[-1]) * HOP + FRAME * 3 // 4 - _LAG
    return Key(KEYS[int(frames.key[part[0]])], max(0, start), end, certain)


def _steady(frames: _Frames, part: npt.NDArray[np.intp]) -> bool:
    """A key keeps its frequency; a voice glides. Frames at the ends hold half a tone and say little."""
    strong = part[frames.quality[part] == _STRONG]
    inner = strong[1:-1] if len(strong) > 3 else strong
    return all(float(np.ptp(off[inner])) < _STEADY for off in (frames.row_off, frames.column_off))


RUN_GAP = 4 * RATE  # between keys of one entry
_HELP_GAP = RATE  # from a certain key to one that is less so
_RUN_KEYS = 3


def entries(keys: Sequence[Key], *, fewest: int = _RUN_KEYS) -> list[tuple[Key, ...]]:
    """Return the runs of at least ``fewest`` keys that were entered together, each with a certain key among them.

    A key that is not certain (buried under talk, cut by a codec) counts when it is near one that is.
    """
    taken = _helped(keys)
    runs: list[list[Key]] = []
    for key in taken:
        if runs and key.start - runs[-1][-1].end <= RUN_GAP:
            runs[-1].append(key)
        else:
            runs.append([key])
    return [tuple(run) for run in runs if len(run) >= fewest]


def _helped(keys: Sequence[Key]) -> list[Key]:
    """The certain keys and those that lie, by steps of _HELP_GAP, beside one."""
    near = [key.certain for key in keys]
    for order in (range(1, len(keys)), range(len(keys) - 2, -1, -1)):
        for i in order:
            beside = keys[i - order.step]
            gap = max(keys[i].start, beside.start) - min(keys[i].end, beside.end)
            near[i] = near[i] or (near[i - order.step] and gap <= _HELP_GAP)
    return [key for key, kept in zip(keys, near, strict=True) if kept]


def echoed(keys: Sequence[Key], others: Sequence[Key]) -> list[Key]:
    """Return ``keys`` with those made certain that sound at the same time as the same certain key in ``others``.

    The far party's line carries an echo of the near party's keys; alone it may be too faint to be believed.
    """
    sure = [other for other in others if other.certain]
    return [
        replace(key, certain=True)
        if any(o.key == key.key and o.start < key.end and key.start < o.end for o in sure)
        else key
        for key in keys
    ]
