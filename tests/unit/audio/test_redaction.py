"""The way of a recording: what goes in, what stays, what is hidden, what is said of it."""

import io
import json
import struct

import numpy as np
import pytest
import soundfile
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hushkeep import audio
from hushkeep.kernel import errors

STRICT, BALANCED = audio.Mode.STRICT, audio.Mode.BALANCED
NUMBER = [(1.0, 1.3), (1.45, 1.7), (1.9, 2.2), (2.4, 2.7)]
TALK = [(0.2, 0.6), *NUMBER, (4.0, 4.6)]
WORDS = [
    (0.2, 0.6, " Hello", 0.95), (0.9, 1.3, " 4", 0.9), (1.4, 1.7, " 1", 0.9), (1.8, 2.2, " 7", 0.9),
    (2.3, 2.7, " 2", 0.9), (4.0, 4.6, " thanks", 0.95),
]  # fmt: skip


def spans(manifest, channel=0):
    return [(h["start"], h["end"], h["entity"]) for h in manifest.document()["hidden"] if h["channel"] == channel]


def test_typed_keys_are_silent_and_nothing_else_is(dialled, recorded, played, copy):
    sound = dialled("44171234", lead=2.0) + np.float32(0.001)
    manifest = audio.redact(recorded(sound), copy, audio.Search(BALANCED, None))
    ((start, end, entity),) = spans(manifest)
    assert entity == "keypad"
    assert 1.9 <= start <= 2.0
    out = played(copy)
    assert not out[round(start * 8000) : round(end * 8000)].any()
    assert np.allclose(out[: round(start * 8000) - 60, 0], sound[: round(start * 8000) - 60], atol=1e-4)
    assert len(out) == len(sound)


def test_keys_of_one_party_leave_the_other_audible(dialled, recorded, played, copy, syllables):
    keys = dialled("44171234")
    talk = syllables([(0.2, len(keys) / 8000 - 0.2)], len(keys) / 8000)
    manifest = audio.redact(recorded(np.stack([talk, keys], axis=1)), copy, audio.Search(STRICT, None))
    assert {h.channel for h in manifest.hidden} == {1}
    assert np.allclose(played(copy)[:, 0], talk, atol=1e-4)


def test_an_echo_of_keys_on_the_other_line_goes_too(dialled, recorded, copy):
    keys = dialled("44171234")
    noise = np.random.default_rng(3).standard_normal(len(keys)).astype("float32") * 0.01
    manifest = audio.redact(recorded(np.stack([keys * 0.1 + noise, keys], axis=1)), copy, audio.Search(BALANCED, None))
    assert {h.channel for h in manifest.hidden} == {0, 1}


def test_a_spoken_number_is_silent_from_pause_to_pause(recorded, played, copy, told, syllables):
    sound = syllables(TALK, 5.0)
    manifest = audio.redact(recorded(sound), copy, audio.Search(BALANCED, told(WORDS)))
    ((start, end, entity),) = spans(manifest)
    assert entity == "number"
    assert 0.6 <= start <= 1.0
    assert 2.7 <= end <= 4.0
    assert not played(copy)[round(start * 8000) : round(end * 8000)].any()
    assert manifest.state == "redacted"


def test_strict_hides_what_nobody_understood_and_balanced_does_not(recorded, copy, told, syllables):
    sound, words = syllables([(0.2, 0.6), (1.5, 3.5), (4.5, 5.1)], 6.0), [WORDS[0], (4.5, 5.1, " thanks", 0.95)]
    strict = audio.redact(recorded(sound), copy, audio.Search(STRICT, told(words)))
    balanced = audio.redact(recorded(sound), audio.Recording(io.BytesIO(), "flac"), audio.Search(BALANCED, told(words)))
    assert [entity for _, _, entity in spans(strict)] == ["unclear_speech"]
    assert balanced.hidden == ()


def test_what_was_not_understood_is_heard_again_alone(recorded, copy, told, syllables):
    engine = told([WORDS[0]], [(0.35, 0.8, " 4", 0.9), (0.8, 1.2, " 1", 0.9), (1.3, 2.3, " 72", 0.9)])
    sound = syllables([(0.2, 0.6), (2.0, 4.0)], 5.0)
    manifest = audio.redact(recorded(sound), copy, audio.Search(BALANCED, engine))
    assert len(engine.asked) == 2
    assert [entity for _, _, entity in spans(manifest)] == ["number"]


def test_three_digits_are_believed_again_alone_in_strict_mode_only(recorded, told, syllables):
    again = [(0.35, 0.8, " 4", 0.9), (0.8, 1.2, " 1", 0.9), (1.3, 2.3, " 7", 0.9)]
    found = {}
    for mode in (STRICT, BALANCED):
        copy = audio.Recording(io.BytesIO(), "flac")
        recording = recorded(syllables([(0.2, 0.6), (2.0, 4.0)], 5.0))
        found[mode] = spans(audio.redact(recording, copy, audio.Search(mode, told([WORDS[0]], again))))
    assert [entity for _, _, entity in found[STRICT]] == ["number"]
    assert found[BALANCED] == []


def test_voice_beside_a_number_that_is_no_word_goes_with_it(recorded, copy, told, syllables):
    sound = syllables([*TALK[:5], (3.1, 3.4), (4.4, 5.0)], 5.5)
    manifest = audio.redact(
        recorded(sound), copy, audio.Search(BALANCED, told([*WORDS[:5], (4.4, 5.0, " thanks", 0.9)]))
    )
    ((_, end, _),) = spans(manifest)
    assert end >= 3.4


def test_a_phrase_whose_end_fell_to_the_first_digit_stays(recorded, copy, told, syllables):
    sound = syllables([(0.2, 1.3), (1.6, 2.0), (2.1, 2.5), (2.6, 3.0), (3.9, 4.5)], 5.5)
    words = [(0.3, 0.7, " It", 0.9), (0.7, 1.2, " is", 0.9), (1.2, 1.8, " 4", 0.9), (1.9, 2.4, " 1", 0.9),
             (2.5, 3.0, " 7", 0.9), (3.9, 4.5, " thanks", 0.9)]  # fmt: skip
    for mode in (BALANCED, STRICT):
        ((start, end, _),) = spans(audio.redact(recorded(sound), copy, audio.Search(mode, told(words))))
        assert (1.3 <= start <= 1.6, 3.0 <= end <= 3.9) == (True, True)


def test_a_phrase_without_a_pause_before_its_number_goes_with_it(recorded, copy, told, syllables):
    sound = syllables([(0.2, 3.0), (3.9, 4.5)], 5.5)
    words = [(0.3, 0.7, " It", 0.9), (0.7, 1.2, " is", 0.9), (1.2, 1.8, " 4", 0.9), (1.9, 2.4, " 1", 0.9),
             (2.5, 3.0, " 7", 0.9), (3.9, 4.5, " thanks", 0.9)]  # fmt: skip
    ((start, _, _),) = spans(audio.redact(recorded(sound), copy, audio.Search(BALANCED, told(words))))
    assert start <= 0.6


def test_a_plain_word_beside_a_number_stays(recorded, copy, told, syllables):
    sound = syllables([*TALK[:5], (3.1, 3.4), (4.4, 5.0)], 5.5)
    words = [*WORDS[:5], (3.1, 3.4, " okay", 0.9), (4.4, 5.0, " thanks", 0.9)]
    manifest = audio.redact(recorded(sound), copy, audio.Search(BALANCED, told(words)))
    ((_, end, _),) = spans(manifest)
    assert end <= 3.15


def test_a_code_asked_for_by_one_party_is_hidden_in_the_other(recorded, copy, told, syllables):
    agent = syllables([(0.2, 1.6)], 6.0)
    customer = syllables([(2.5, 2.8), (3.0, 3.3)], 6.0, seed=2)
    asked = [(0.2, 0.5, " your", 0.9), (0.5, 1.0, " security", 0.9), (1.0, 1.6, " code", 0.9)]
    answer = [(0.3, 0.7, " we", 0.6), (0.8, 1.2, " zero", 0.6)]
    recording = recorded(np.stack([agent, customer], axis=1))
    manifest = audio.redact(recording, copy, audio.Search(BALANCED, told(asked, answer)))
    assert [entity for _, _, entity in spans(manifest, 1)] == ["secret"]
    assert spans(manifest, 0) == []


def halved(between):
    """Two halves of a number with four words between them, each as sure as ``between``."""
    first = [(1.0 + 0.4 * n, 1.35 + 0.4 * n, f" {digit}", 0.9) for n, digit in enumerate("4172")]
    middle = [(3.5 + 0.7 * n, 3.9 + 0.7 * n, text, between) for n, text in enumerate((" well", " in", " a", " hen"))]
    last = [(7.0 + 0.4 * n, 7.35 + 0.4 * n, f" {digit}", 0.9) for n, digit in enumerate("9113")]
    return [*first, *middle, *last]


def test_what_is_unsure_between_two_halves_of_a_number_goes_with_them(recorded, told, syllables):
    said = [(1.0, 2.55), (3.5, 3.9), (4.2, 4.6), (4.9, 5.3), (5.6, 6.0), (7.0, 8.55)]
    recording = recorded(syllables(said, 10.0))
    found = {}
    for between in (0.3, 0.7, 0.95):
        copy = audio.Recording(io.BytesIO(), "flac")
        words = halved(between)
        found[between] = spans(audio.redact(recording, copy, audio.Search(BALANCED, told(words, words, words))))
    [(start, end, _)] = found[0.3]
    assert (start < 1.0, end > 8.5) == (True, True)
    assert (len(found[0.7]), len(found[0.95])) == (2, 2), "so far apart more doubt is asked for"


def test_less_doubt_is_asked_for_between_halves_that_lie_close(recorded, copy, told, syllables):
    words = [(1.0, 1.3, " 5", 0.6), (1.4, 1.7, " 1", 0.4), (1.8, 2.1, " little", 0.73), (2.2, 2.5, " lit", 0.63),
             (2.6, 2.9, " tell", 0.75), (3.0, 3.3, " 7", 0.6), (3.4, 3.7, " 5", 0.9), (3.8, 4.1, " 6", 0.9),
    ]  # fmt: skip
    sound = syllables([(start, end) for start, end, _, _ in words], 5.5)
    ((start, end, _),) = spans(audio.redact(recorded(sound), copy, audio.Search(BALANCED, told(words))))
    assert (start < 1.0, end > 4.1) == (True, True)


def test_words_said_over_and_over_explain_nothing(recorded, copy, told, syllables):
    over = [(0.4 + 0.3 * n, 0.65 + 0.3 * n, (" with", " you")[n % 2], 0.95) for n in range(13)]
    recording = recorded(syllables([(0.4, 4.3)], 5.5))
    engine = told(over, over)
    hidden = spans(audio.redact(recording, copy, audio.Search(STRICT, engine)))
    assert len(engine.asked) == 2, "it was heard again alone"
    assert [(entity, start < 0.5, end > 4.2) for start, end, entity in hidden] == [("unclear_speech", True, True)]


def test_after_a_prompt_for_a_code_words_must_be_surer(recorded, copy, told, syllables):
    asking = [(0.2, 0.5, " your", 0.95), (0.5, 1.0, " password", 0.95), (1.0, 1.4, " please", 0.95)]
    unsure = [(2.6, 2.9, " will", 0.72), (2.9, 3.3, " have", 0.75), (3.3, 3.7, " them", 0.72)]
    recording = recorded(syllables([(0.2, 1.4), (2.6, 3.7)], 5.0))
    hidden = spans(audio.redact(recording, copy, audio.Search(STRICT, told(asking + unsure))))
    assert [(entity, start < 2.7, end > 3.6) for start, end, entity in hidden] == [("unclear_speech", True, True)]
    greeting = [(0.2, 0.5, " your", 0.95), (0.5, 1.0, " parcel", 0.95), (1.0, 1.4, " please", 0.95)]
    again = audio.Recording(io.BytesIO(), "flac")
    assert spans(audio.redact(recording, again, audio.Search(STRICT, told(greeting + unsure)))) == []


def test_a_code_heard_as_unsure_words_goes_in_balanced_mode_too(recorded, copy, told, syllables):
    asking = [(0.2, 0.5, " your", 0.95), (0.5, 1.0, " password", 0.95), (1.0, 1.4, " please", 0.95)]
    unsure = [(2.6, 2.9, " will", 0.27), (2.9, 3.3, " have", 0.12), (3.3, 3.7, " them", 0.93),
              (4.7, 5.1, " good", 0.95), (5.1, 5.5, " bye", 0.95)]  # fmt: skip
    sound = syllables([(0.2, 1.4), (2.6, 3.7), (4.7, 5.5)], 7.0)
    ((start, end, entity),) = spans(audio.redact(recorded(sound), copy, audio.Search(BALANCED, told(asking + unsure))))
    assert (entity, 1.9 <= start < 2.6, 3.7 < end <= 4.4) == ("unclear_speech", True, True)
    asking[1] = (0.5, 1.0, " parcel", 0.95)
    again = audio.Recording(io.BytesIO(), "flac")
    assert spans(audio.redact(recorded(sound), again, audio.Search(BALANCED, told(asking + unsure)))) == []


def clear_talk(at, *said, each=0.8):
    """Words of clear talk from second ``at`` on, and of ``said`` (text, probability) in the midst of it."""
    texts = [(" I", 0.97), (" am", 0.98), (" sure", 0.97), *said, (" that", 0.97), (" it", 0.98), (" came", 0.97)]
    return [(at + each * n, at + each * (n + 1), text, sure) for n, (text, sure) in enumerate(texts)]


STRICTLY = {
    "a word heard badly": ([(" digium", 0.5)], 0),
    "three words heard badly": ([(" dig", 0.3), (" ium", 0.3), (" mo", 0.3)], 1),
    "a word heard badly near two others": ([(" digium", 0.5), (" it", 0.97), (" digital", 0.4), (" ium", 0.4)], 2),
    "a small number": ([(" 12", 0.9), (" minutes", 0.95)], 0),
    "a digit and then nothing clear": ([(" 12", 0.9), (" em", 0.2), (" en", 0.2), (" it", 0.2)], 1),
    "a digit heard badly": ([(" 1", 0.2), (" minutes", 0.95)], 1),
}


@pytest.mark.parametrize("case", STRICTLY)
def test_strict_mode_leaves_shreds_and_small_numbers_in_clear_talk(case, recorded, copy, told, syllables):
    said, goes = STRICTLY[case]
    words = clear_talk(0.5, *said)
    sound = syllables([(0.5, words[-1][1])], words[-1][1] + 1)
    hidden = spans(audio.redact(recorded(sound), copy, audio.Search(STRICT, told(words))))
    assert [entity for _, _, entity in hidden] == ["unclear_speech"] * goes


def test_strict_mode_hides_a_shred_near_a_number(recorded, copy, told, syllables):
    number = [(7.5 + 0.5 * n, 8.0 + 0.5 * n, f" {digit}", 0.95) for n, digit in enumerate("4172")]
    words = clear_talk(0.5, (" digium", 0.5))
    sound = syllables([(0.5, words[-1][1]), (7.5, 9.5)], 11.0)
    hidden = spans(audio.redact(recorded(sound), copy, audio.Search(STRICT, told([*words, *number]))))
    assert [entity for _, _, entity in hidden] == ["unclear_speech", "number"]


def test_strict_mode_leaves_no_hole_between_a_number_and_the_unclear_voice_beside_it(recorded, copy, told, syllables):
    unsure = [(0.5, 0.9, " alt", 0.2), (0.9, 1.3, " rain", 0.2), (1.3, 1.7, " alt", 0.3)]
    number = [(2.6 + 0.5 * n, 3.1 + 0.5 * n, f" {digit}", 0.95) for n, digit in enumerate("4172")]
    sound = syllables([(0.5, 1.7), (2.6, 4.6)], 6.0)
    ((start, end, _),) = spans(audio.redact(recorded(sound), copy, audio.Search(STRICT, told([*unsure, *number]))))
    assert (start <= 0.5, end >= 4.6) == (True, True)


def test_text_detection_names_a_number(recorded, copy, told, syllables):
    class Card:
        turn, start, end, entity = 0, 7, 14, "bank_card"

    manifest = audio.redact(
        recorded(syllables(TALK, 5.0)), copy, audio.Search(BALANCED, told(WORDS), lambda turns: [Card()])
    )
    assert [entity for _, _, entity in spans(manifest)] == ["bank_card"]


def test_the_transcript_shows_the_entity_and_no_digit(recorded, copy, told, syllables):
    manifest = audio.redact(recorded(syllables(TALK, 5.0)), copy, audio.Search(BALANCED, told(WORDS)))
    text = " ".join(said["text"] for said in manifest.document()["transcript"])
    assert text == "Hello [number] thanks"


def test_a_failing_recogniser_leaves_nothing_behind(recorded, copy, syllables):
    class Broken:
        name = digest = "broken"

        def hear(self, sound, language):  # noqa: ARG002 - the door's names
            raise errors.Unavailable("recogniser broken failed")

    with pytest.raises(errors.Unavailable):
        audio.redact(recorded(syllables(TALK, 5.0)), copy, audio.Search(STRICT, Broken()))
    assert copy.file.getvalue() == b""


def test_without_a_recogniser_the_call_stays_quarantined(recorded, copy, syllables):
    manifest = audio.redact(recorded(syllables(TALK, 5.0)), copy, audio.Search(STRICT, None))
    assert (manifest.state, manifest.reasons) == ("quarantined", ("speech_not_searched",))


@pytest.mark.parametrize(
    ("rate", "channels", "subtype"),
    [(8000, 1, "ULAW"), (8000, 2, "ALAW"), (8000, 1, "GSM610"), (44100, 2, "PCM_24"),
     (96000, 8, "PCM_16"), (11025, 1, "FLOAT")],
)  # fmt: skip
def test_length_channels_and_rate_stay(recorded, played, copy, rate, channels, subtype):
    sound = np.random.default_rng(1).uniform(-0.3, 0.3, (rate * 2 + 123, channels)).astype("float32")
    recording = recorded(sound, rate, subtype=subtype)
    manifest = audio.redact(recording, copy, audio.Search(STRICT, None))
    recording.file.seek(0)
    assert played(copy).shape == soundfile.read(recording.file, always_2d=True)[0].shape
    assert (manifest.rate, manifest.channels) == (rate, channels)


def test_keys_are_found_at_other_rates(dialled, recorded, copy):
    sound = dialled("4417123")
    fast = np.interp(np.arange(len(sound) * 6) / 6, np.arange(len(sound)), sound).astype("float32")
    manifest = audio.redact(recorded(fast, 48000), copy, audio.Search(STRICT, None))
    ((start, end, _),) = spans(manifest)
    assert start == pytest.approx(0.95, abs=0.03)
    assert end == pytest.approx(1.0 + 7 * 0.16, abs=0.06)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"no sound at all " * 100, bytes(1000)])
def test_what_is_no_recording_is_refused(copy, data):
    with pytest.raises(errors.InvalidInput):
        audio.redact(audio.Recording(io.BytesIO(data), "wav"), copy, audio.Search(STRICT, None))


def test_a_header_without_sound_is_refused(recorded, copy):
    with pytest.raises(errors.InvalidInput, match="no sound"):
        audio.redact(recorded(np.zeros(0, "float32")), copy, audio.Search(STRICT, None))


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_a_file_cut_in_the_middle_is_redacted_as_far_as_it_goes_and_quarantined(dialled, recorded, copy, suffix):
    whole = recorded(np.tile(dialled("4417123"), 12), suffix=suffix).file.getvalue()
    manifest = audio.redact(
        audio.Recording(io.BytesIO(whole[: len(whole) // 2]), suffix), copy, audio.Search(STRICT, None)
    )
    assert manifest.state == "quarantined"
    assert "cut_short" in manifest.reasons
    whole_one = audio.redact(audio.Recording(io.BytesIO(whole), suffix), copy, audio.Search(STRICT, None))
    assert whole_one.reasons == ("speech_not_searched",)


@pytest.mark.parametrize("sound", [np.zeros(16000), np.ones(16000), np.tile([1.0, -1.0], 8000), np.full(16000, np.nan)])
def test_silence_offset_clipping_and_not_a_number_pass(recorded, copy, sound):
    manifest = audio.redact(recorded(sound.astype("float32"), subtype="FLOAT"), copy, audio.Search(STRICT, None))
    assert manifest.hidden == ()


def test_a_shape_that_cannot_be_kept_is_refused(recorded, copy):
    with pytest.raises(errors.InvalidInput, match="9 channels"):
        audio.redact(recorded(np.zeros((800, 9), "float32")), copy, audio.Search(STRICT, None))


def test_a_copy_in_an_unknown_format_is_refused_before_anything_is_written(recorded):
    target = audio.Recording(io.BytesIO(), "mp4")
    with pytest.raises(errors.InvalidInput, match=r"\.mp4"):
        audio.redact(recorded(np.zeros(8000, "float32")), target, audio.Search(STRICT, None))
    assert target.file.getvalue() == b""


@pytest.mark.parametrize("suffix", ["ulaw", "alaw", "sln"])
def test_headerless_telephone_formats_are_read_by_their_name(dialled, copy, suffix):
    sound = dialled("4417123")
    file = io.BytesIO()
    subtype = {"ulaw": "ULAW", "alaw": "ALAW", "sln": "PCM_16"}[suffix]
    soundfile.write(file, sound, 8000, format="RAW", subtype=subtype)
    manifest = audio.redact(audio.Recording(file, suffix), copy, audio.Search(STRICT, None))
    assert manifest.frames == len(sound)
    assert [entity for _, _, entity in spans(manifest)] == ["keypad"]


def test_memory_does_not_grow_with_length(recorded):
    """Blocks are all that a reader hands out, however long the file."""
    recording = recorded(np.zeros(8000 * 95, "float32"), suffix="flac")
    with audio.opened(recording.file, "flac") as reader:
        assert max(len(block) for block in reader.blocks()) <= 8000 * 10


class TestManifest:
    """A signed manifest binds everything that it says."""

    @pytest.fixture
    def made(self, dialled, recorded, copy):
        manifest = audio.redact(recorded(dialled("44171234")), copy, audio.Search(BALANCED, None))
        return audio.sign(manifest, KEY)

    def test_reading_back_gives_the_same(self, made):
        back = audio.read(json.dumps(made.document()))
        assert back == made
        audio.check_signature(back, KEY.public_key())

    def test_another_key_is_refused(self, made):
        with pytest.raises(errors.IntegrityError):
            audio.check_signature(made, Ed25519PrivateKey.from_private_bytes(b"2" * 32).public_key())

    @pytest.mark.parametrize(
        ("field", "value"),
        [("state", "redacted"), ("reasons", []), ("mode", "strict"), ("rate", 16000), ("channels", 2), ("frames", 7),
         ("codec", "x"), ("source_sha256", "0"), ("output_sha256", "0"), ("detector", "x"), ("recogniser", "x"),
         ("recogniser_sha256", "x"), ("language", "zh"), ("fill", "tone"), ("public_key", None)],
    )  # fmt: skip
    def test_any_field_changed_breaks_the_signature(self, made, field, value):
        document = made.document()
        document[field] = value
        with pytest.raises(errors.IntegrityError):
            audio.check_signature(audio.read(json.dumps(_recounted(document))), KEY.public_key())

    @pytest.mark.parametrize("change", ["drop", "shift", "rename", "channel"])
    def test_any_span_changed_breaks_the_signature(self, made, change):
        document = made.document()
        if change == "drop":
            document["hidden"] = []
        else:
            name, value = {"shift": ("first_sample", 9), "rename": ("entity", "x"), "channel": ("channel", 1)}[change]
            document["hidden"][0][name] = value
        with pytest.raises(errors.IntegrityError):
            audio.check_signature(audio.read(json.dumps(_recounted(document))), KEY.public_key())

    def test_seconds_that_do_not_fit_the_samples_are_refused(self, made):
        document = made.document()
        document["hidden"][0]["start"] += 0.5
        with pytest.raises(errors.IntegrityError):
            audio.read(json.dumps(document))

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "other"}', "null"])
    def test_what_is_no_manifest_is_refused(self, text):
        with pytest.raises(errors.InvalidInput):
            audio.read(text)


KEY = Ed25519PrivateKey.from_private_bytes(b"1" * 32)


def _recounted(document):
    """Bring the seconds of a changed manifest in line with its samples, as a careful forger would."""
    rate = document["rate"]
    for span in document["hidden"]:
        span["start"], span["end"] = round(span["first_sample"] / rate, 6), round(span["end_sample"] / rate, 6)
    document["seconds"] = round(document["frames"] / rate, 6)
    document["hidden_seconds"] = round(sum(s["end_sample"] - s["first_sample"] for s in document["hidden"]) / rate, 6)
    return document


class TestVerify:
    """A copy is held to its manifest."""

    @pytest.fixture
    def made(self, dialled, recorded, copy):
        return audio.redact(recorded(dialled("44171234")), copy, audio.Search(BALANCED, None))

    def kinds(self, copy, manifest):
        return {problem.kind for problem in audio.verify(copy, manifest)}

    def test_an_honest_copy_holds(self, made, copy):
        assert audio.verify(copy, made) == []

    def test_the_source_in_place_of_the_copy_is_noticed(self, made, dialled, recorded):
        assert self.kinds(recorded(dialled("44171234"), suffix="flac"), made) >= {
            "digest_differs", "span_sounds", "key_heard",
        }  # fmt: skip

    def test_one_quiet_sample_in_a_span_is_noticed_and_placed(self, made, copy, played, recorded):
        sound = played(copy)
        sound[made.hidden[0].first + 100] = 2 / 32768
        problems = audio.verify(recorded(sound, suffix="flac"), made)
        assert {p.kind for p in problems} == {"digest_differs", "segment_differs", "span_sounds"}
        assert [p.start for p in problems if p.kind == "span_sounds"] == [round(made.hidden[0].first / 8000, 3)]

    def test_a_cut_and_another_shape_are_noticed(self, made, copy, played, recorded):
        sound = played(copy)
        assert "length_differs" in self.kinds(recorded(sound[:-1], suffix="flac"), made)
        assert "shape_differs" in self.kinds(recorded(np.hstack([sound, sound]), suffix="flac"), made)

    def test_a_number_still_heard_is_noticed(self, recorded, copy, told, syllables):
        recording = recorded(syllables(TALK, 5.0))
        made = audio.redact(recording, copy, audio.Search(BALANCED, None))
        problems = audio.verify(copy, made, audio.Search(BALANCED, told(WORDS)))
        assert {p.kind for p in problems} == {"number_heard"}


def test_a_wav_whose_header_claims_more_than_there_is_is_cut_short(recorded, copy):
    data = bytearray(recorded(np.zeros(8000, "float32"), subtype="PCM_16").file.getvalue())
    at = data.index(b"data")
    data[at + 4 : at + 8] = struct.pack("<I", 160_000)
    manifest = audio.redact(audio.Recording(io.BytesIO(bytes(data)), "wav"), copy, audio.Search(STRICT, None))
    assert "cut_short" in manifest.reasons
