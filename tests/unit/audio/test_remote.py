"""The remote recogniser: what it sends, what it believes, how it fails."""

import json

import numpy as np
import pytest

from hushkeep import audio
from hushkeep.kernel import errors

SOUND = np.zeros(16000, "float32")


def engine(answer, sent=None):
    def post(path, headers, body):
        if sent is not None:
            sent.update(path=path, headers=headers, body=body)
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    return audio.RemoteRecogniser(post, "whisper-1")


def test_sound_goes_out_as_wav_with_the_digit_prompt():
    sent = {}
    engine({"words": [], "text": ""}, sent).hear(SOUND, "en")
    assert sent["path"] == "/audio/transcriptions"
    assert b"RIFF" in sent["body"]
    assert b"4 1 7 2, 0 5 9 3" in sent["body"]
    assert sent["headers"]["Content-Type"].split("boundary=")[1].encode() in sent["body"]


def test_words_come_back_with_times_language_and_their_segments_probability():
    heard = engine(
        {
            "language": "english",
            "words": [{"word": "four", "start": 0.1, "end": 0.4}, {"word": "one", "start": 1.5, "end": 1.8}],
            "segments": [{"start": 0.0, "end": 1.0, "avg_logprob": -0.1}],
        }
    ).hear(SOUND, None)
    assert heard.language == "en"
    assert [(w.start, w.end, w.text) for w in heard.words] == [(0.1, 0.4, " four"), (1.5, 1.8, " one")]
    assert heard.words[0].probability == pytest.approx(0.905, abs=0.001)
    assert heard.words[1].probability < 0.8


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        [],
        {"text": "four one seven"},
        {"words": [{"word": "four"}]},
        {"text": "x", "words": []},
        {"words": 3},
    ],
)
def test_an_answer_without_timed_words_is_unavailable(answer):
    with pytest.raises(errors.Unavailable):
        engine(answer).hear(SOUND, None)
