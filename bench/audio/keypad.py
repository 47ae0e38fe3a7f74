"""Keypad tones: our detector beside multimon-ng and spandsp, condition by condition, in one interleaved run.

    python bench/audio/keypad.py [--speech FOLDER ...] [--digits 400]

Digits are made by seed, in entries of 20 keys. What is found is the longest common subsequence of keys sent and heard,
"+n" are keys that were not sent; "hidden" is the share of keys silenced for at least 80 % of their time by the runs
that `recording redact` hides.
FOLDERs hold 8 kHz wav files without keys (speech, music): false keys and runs are counted there.
"""

import argparse
import ctypes
import io
import resource
import shutil
import subprocess
from pathlib import Path

import av
import numpy as np
import soundfile

from hushkeep import audio

RATE = 8000
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYS = "123A456B789C*0#D"


def tone(key, seconds, *, off=0.0, twist=0.0, level=0.2, row_off=None):  # noqa: PLR0913 - the limits of Q.24
    place = KEYS.index(key)
    t = np.arange(round(seconds * RATE)) / RATE
    row = np.sin(2 * np.pi * ROWS[place // 4] * (1 + (off if row_off is None else row_off)) * t)
    column = np.sin(2 * np.pi * COLUMNS[place % 4] * (1 + off) * t)
    return level * (10 ** (-twist / 40) * row + 10 ** (twist / 40) * column)


def entries(rng, digits, on=(0.05, 0.1), pause=(0.05, 0.1), **shape):
    """Sound, and (key, start, end) in seconds of each key."""
    parts, keys, at = [np.zeros(RATE)], [], 1.0
    for i in range(digits):
        key = "0123456789"[rng.integers(10)]
        length = rng.uniform(*on)
        sound = tone(key, length, **shape)
        keys.append((key, at, at + len(sound) / RATE))
        silence = np.zeros(round((rng.uniform(*pause) + (5.0 if i % 20 == 19 else 0.0)) * RATE))
        parts += [sound, silence]
        at += (len(sound) + len(silence)) / RATE
    return np.concatenate(parts), keys


def noisy(rng, sound, snr):
    """White noise ``snr`` dB under the tones (power of a tone pair of level 0.2)."""
    return sound + rng.standard_normal(len(sound)) * np.sqrt(0.2**2 / 10 ** (snr / 10))


def talked(rng, sound, talk, below):
    """``talk`` mixed in, ``below`` dB under the tones."""
    start = rng.integers(0, len(talk) - len(sound))
    part = talk[start : start + len(sound)]
    loud = np.sqrt(np.mean(part[np.abs(part) > 0.01] ** 2))
    return sound + part / loud * 0.2 / 10 ** (below / 20)


def coded(sound, codec, bit_rate=None):
    """``sound`` through a codec of FFmpeg or libsndfile and back, aligned by correlation."""
    if codec in {"ULAW", "ALAW", "GSM610"}:
        file = io.BytesIO()
        soundfile.write(file, sound, RATE, format="WAV", subtype=codec)
        file.seek(0)
        return soundfile.read(file)[0]
    file = io.BytesIO()
    form = {"libopus": "ogg", "libmp3lame": "mp3", "g726": "wav"}[codec]
    with av.open(file, "w", format=form) as container:
        stream = container.add_stream(codec, rate=48000 if codec == "libopus" else RATE, layout="mono")
        if bit_rate:
            stream.bit_rate = bit_rate
        pcm = (np.clip(sound, -1, 1) * 32767).astype(np.int16)[None, :]
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate = RATE
        turn = av.AudioResampler(
            format=stream.format, layout="mono", rate=stream.rate, frame_size=stream.frame_size or 0
        )
        for part in [*turn.resample(frame), *turn.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    file.seek(0)
    back = []
    turn = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    with av.open(file) as container:
        for frame in container.decode(audio=0):
            back += [f.to_ndarray()[0] for f in turn.resample(frame)]
    back += [f.to_ndarray()[0] for f in turn.resample(None)]
    back = np.concatenate(back)
    size = min(len(sound), 40 * RATE)  # what an mp3 adds in front is found by correlation
    lag = np.fft.irfft(np.fft.rfft(back[:size], 2 * size) * np.conj(np.fft.rfft(sound[:size], 2 * size))).argmax()
    lag = lag - 2 * size if lag > size else lag
    back = back[lag:] if lag > 0 else np.concatenate([np.zeros(-lag), back])
    return np.concatenate([back, np.zeros(max(0, len(sound) - len(back)))])[: len(sound)]


def common(a, b):
    """Length of the longest common subsequence."""
    row = np.zeros(len(b) + 1, int)
    for x in a:
        last = row.copy()
        for j, y in enumerate(b):
            row[j + 1] = last[j] + 1 if x == y else max(row[j], last[j + 1])
    return int(row[-1])


def ours(sound):
    keys = audio.keys_in(sound.astype("float32"))
    runs = audio.entries(keys)
    return "".join(k.key for run in runs for k in run), [
        (r[0].start / RATE - 0.05, r[-1].end / RATE + 0.05) for r in runs
    ]


def multimon(sound):
    pcm = (np.clip(sound, -1, 1) * 32767).astype("<i2")
    # multimon-ng reads 22,050 Hz raw
    turn = av.AudioResampler(format="s16", layout="mono", rate=22050)
    frame = av.AudioFrame.from_ndarray(pcm[None, :], format="s16", layout="mono")
    frame.sample_rate = RATE
    raw = b"".join(f.to_ndarray().tobytes() for f in [*turn.resample(frame), *turn.resample(None)])
    out = subprocess.run(
        ["multimon-ng", "-q", "-a", "DTMF", "-t", "raw", "-"], input=raw, capture_output=True, check=True
    )
    lines = out.stdout.decode().splitlines()
    return "".join(line.removeprefix("DTMF: ").strip() for line in lines if line.startswith("DTMF: ")), None


def spandsp():
    try:
        library = ctypes.CDLL("libspandsp.so.2")
    except OSError:
        return None
    library.dtmf_rx_init.restype = ctypes.c_void_p
    library.dtmf_rx_init.argtypes = [ctypes.c_void_p] * 3
    library.dtmf_rx.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
    library.dtmf_rx_get.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    library.dtmf_rx_get.restype = ctypes.c_size_t
    library.dtmf_rx_free.argtypes = [ctypes.c_void_p]

    def hear(sound):
        pcm = (np.clip(sound, -1, 1) * 32767).astype("<i2")
        state, buffer, heard = library.dtmf_rx_init(None, None, None), ctypes.create_string_buffer(256), []
        for start in range(0, len(pcm), 800):
            part = np.ascontiguousarray(pcm[start : start + 800])
            library.dtmf_rx(state, part.ctypes.data, len(part))
            count = library.dtmf_rx_get(state, buffer, 255)
            heard.append(buffer.raw[:count].decode())
        library.dtmf_rx_free(state)
        return "".join(heard), None

    return hear


def conditions(rng, digits, talk):
    short = {"on": (0.04, 0.04), "pause": (0.04, 0.04)}

    def plain(**shape):
        return entries(rng, digits, **shape)

    def under(change, **shape):
        sound, keys = entries(rng, digits, **shape)
        return change(sound), keys

    yield "clean, 50-100 ms", *plain()
    yield "40 ms on, 40 ms off", *plain(**short)
    for off in (0.015, -0.015, 0.018, -0.018):
        yield f"frequency {off:+.1%}", *plain(off=off)
    yield "frequency +1.5 % + 2 Hz", *plain(off=0.0165, row_off=0.0179)
    for off in (0.035, -0.035):
        yield f"reject: frequency {off:+.1%}", *plain(off=off)
    yield "reject: 20 ms", *plain(on=(0.02, 0.02))
    yield "twist +4 dB", *plain(twist=4)
    yield "twist -8 dB", *plain(twist=-8)
    yield "-36 dBFS", *plain(level=0.0158)
    for snr in (20, 15, 10):
        yield f"noise {snr} dB", *under(lambda s, snr=snr: noisy(rng, s, snr))
    yield "noise 15 dB, 40/40 ms, +1.5 %, twist -6", *under(lambda s: noisy(rng, s, 15), off=0.015, twist=-6, **short)
    if talk is not None:
        for below in (15, 10, 6, 0):
            yield f"talk {-below} dB", *under(lambda s, below=below: talked(rng, s, talk, below))
    for name, codec, bits in (
        ("mu-law", "ULAW", None), ("A-law", "ALAW", None), ("GSM", "GSM610", None), ("G.726", "g726", 32000),
        ("Opus 24 k", "libopus", 24000), ("Opus 12 k", "libopus", 12000), ("Opus 8 k", "libopus", 8000),
        ("MP3 32 k", "libmp3lame", 32000), ("MP3 16 k", "libmp3lame", 16000), ("MP3 8 k", "libmp3lame", 8000),
    ):  # fmt: skip
        yield name, *under(lambda s, codec=codec, bits=bits: coded(s, codec, bits))
    yield "GSM, 40/40 ms", *under(lambda s: coded(s, "GSM610"), **short)
    yield "Opus 12 k, 40/40 ms", *under(lambda s: coded(s, "libopus", 12000), **short)


def hidden_share(keys, spans):
    covered = 0
    for _, start, end in keys:
        inside = sum(max(0.0, min(end, b) - max(start, a)) for a, b in spans)
        covered += inside >= 0.8 * (end - start)
    return covered / len(keys)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--speech", nargs="*", type=Path, default=[])
    parser.add_argument("--digits", type=int, default=400)
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    peers = {"hushkeep": ours}
    if shutil.which("multimon-ng"):
        peers["multimon-ng"] = multimon
    if hear := spandsp():
        peers["spandsp"] = hear
    quiet = [
        f
        for folder in given.speech
        for f in sorted(folder.rglob("*.wav"))
        if "tone" not in f.name and "dtmf" not in f.name
    ]
    quiet = [f for f in quiet if soundfile.info(f).samplerate == RATE and soundfile.info(f).channels == 1]
    quiet = [f for f in quiet if soundfile.info(f).frames > RATE // 2]
    rng.shuffle(quiet)
    talk = np.concatenate([soundfile.read(f)[0] for f in quiet[:400]]) if quiet else None
    print("| condition |", " | ".join(peers), "| hidden by hushkeep |\n|---|" + "---|" * (len(peers) + 1))
    total = [0.0, 0]
    for name, sound, keys in conditions(rng, given.digits, talk):
        sent, row, share = "".join(k for k, _, _ in keys), [], 0.0
        for peer, hear in peers.items():
            heard, spans = hear(sound)
            found = common(sent, heard)
            row.append(f"{100 * found / len(sent):.1f}" + (f" +{len(heard) - found}" if len(heard) > found else ""))
            if peer == "hushkeep":
                share = hidden_share(keys, spans)
        print(f"| {name} | {' | '.join(row)} | {100 * share:.2f} |", flush=True)
        if not name.startswith("reject"):
            total = [total[0] + share * len(keys), total[1] + len(keys)]
    print(f"| all that must be heard | {' | '.join([''] * len(peers))} | {100 * total[0] / total[1]:.3f} |")
    if quiet:
        false_alarms(quiet, peers)


def spent_so_far():
    """CPU seconds of this process and its children."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def false_alarms(files, peers):
    seconds, count, runs, spent = 0.0, dict.fromkeys(peers, 0), 0, {}
    for file in files:
        sound = soundfile.read(file)[0]
        seconds += len(sound) / RATE
        for peer, hear in peers.items():
            heard, spans = hear(sound)
            if peer == "hushkeep":
                runs += len(spans)
                heard = [k for k in audio.keys_in(sound.astype("float32")) if k.certain]
            count[peer] += len(heard)
    print(f"\nSpeech and music without keys, {seconds / 3600:.2f} h: false keys", count, "false runs", runs)
    whole = np.concatenate([soundfile.read(f)[0] for f in files])[: RATE * 3600]
    for _ in range(3):
        for peer, hear in peers.items():
            started = spent_so_far()
            hear(whole)
            spent[peer] = min(spent.get(peer, 1e9), spent_so_far() - started)
    print("x real time, CPU:", {peer: round(len(whole) / RATE / spent[peer]) for peer in peers})


if __name__ == "__main__":
    main()
