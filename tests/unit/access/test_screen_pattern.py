"""The faint pattern of a page: rendered, and photographed again by scaling, compressing, cropping and dimming."""

import io
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from hushkeep.access.screen_pattern import CELL_PIXELS, OPACITY, TILE, View, cells_of, code_of, find, number_of

KEY = bytes(range(16))
SEED = np.random.default_rng(11)
REGISTER = [
    View(int(number), UUID(int=n + 1), UUID(int=n + 2), datetime(2026, 3, 4, 8, tzinfo=UTC), "conversation", None)
    for n, number in enumerate(SEED.choice(2**32, 2000, replace=False))
]
SEEN = REGISTER[777]
SIZE = (704, 512)


def page(number=SEEN.number, key=KEY, *, dark=False):
    """A page with a menu, lines of writing and a card, and over it the pattern as the browser draws it."""
    ground, ink = (24, 225) if dark else (255, 30)
    image = Image.new("L", SIZE, ground)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 150, SIZE[1]), fill=ground + (12 if dark else -10))
    draw.rectangle((180, 300, 660, 420), outline=ink // 2 + ground // 2)
    for row in range(24, SIZE[1], 26):
        draw.text(
            (180, row), f"{row} the customer asked for number 138****8000", fill=ink, font=ImageFont.load_default(13)
        )
    pixels = np.asarray(image, dtype=np.float32)
    drawn = np.kron(cells_of(key, number), np.ones((CELL_PIXELS, CELL_PIXELS)))
    whole = np.tile(drawn, (SIZE[1] // TILE + 1, SIZE[0] // TILE + 1))[: SIZE[1], : SIZE[0]] * OPACITY
    # White cells on a dark page, black ones on a light one.
    mixed = pixels * (1 - whole) + (255 * whole if dark else 0)
    return Image.fromarray(np.round(mixed).astype(np.uint8))


def compressed(image, quality):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue()))


def scaled(image, factor):
    return image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.BICUBIC)


def photographed(image):
    """Dimmed, noisy, a little larger and compressed, as a telephone upright before the screen would take it."""
    pixels = np.asarray(image, dtype=np.float32)
    taken = pixels * 0.8 + 18 + np.random.default_rng(5).normal(0, 5, pixels.shape)
    return compressed(scaled(Image.fromarray(np.clip(taken, 0, 255).astype(np.uint8)), 1.17), 75)


@pytest.mark.parametrize(
    ("name", "retake"),
    [
        ("screenshot", lambda image: image),
        ("compressed to quality 40", lambda image: compressed(image, 40)),
        ("half its size", lambda image: scaled(image, 0.5)),
        ("cropped to 360 x 260", lambda image: image.crop((201, 133, 561, 393))),
        ("enlarged, cropped, compressed", lambda image: compressed(scaled(image, 1.33).crop((90, 70, 690, 520)), 60)),
        ("photographed", photographed),
    ],
)
def test_a_picture_of_a_page_names_its_view(name, retake):
    found = find(np.asarray(retake(page()), dtype=np.float32), KEY, REGISTER)
    assert found is not None, name
    assert found.view is SEEN, name
    assert found.by_chance < 1e-6


def test_a_dark_page_is_traced_too():
    found = find(255 - np.asarray(page(dark=True), dtype=np.float32), KEY, REGISTER)
    assert found is not None
    assert found.view is SEEN


def test_a_page_of_nobody_in_the_register_or_of_another_center_names_nobody():
    strangers = [view for view in REGISTER if view is not SEEN]
    picture = np.asarray(page(), dtype=np.float32)
    assert find(picture, KEY, strangers) is None
    assert find(picture, bytes(16), REGISTER) is None
    assert find(picture, KEY, []) is None
    assert find(picture[:100, :100], KEY, REGISTER) is None


def test_codes_are_read_back_and_every_single_slip_is_seen():
    for number in (0, 1, 2**32 - 1, *(view.number for view in REGISTER[:20])):
        code = code_of(number)
        assert number_of(code) == number
        assert number_of(code.lower().replace("-", " ")) == number
        for place in (0, 3, 5, 8):
            other = "7" if code[place] != "7" else "8"
            assert number_of(code[:place] + other + code[place + 1 :]) is None
    for wrong in ("", "1234", "U234-5678", "1234-56789", "ZZZZ-ZZZZ"):
        assert number_of(wrong) is None
