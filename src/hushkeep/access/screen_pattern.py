"""Which page is this a picture of? A faint pattern, keyed and of one page view, in a screenshot or a photograph. Pure.

A tile of 16 x 16 cells, 8 pixels each, is repeated over the whole page, darker by three grey levels of 256 where a cell
is set. A quarter of the cells is the same for every view of a center (by its key): they tell the size and the place of
the tiles. The others are drawn from the key and the view's number: a picture is held against every view of a register
at once, so that no bit needs to be read by itself, and a few tiles are enough.
"""

import hashlib
import hmac
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

CELLS: Final = 16
CELL_PIXELS: Final = 8
TILE: Final = CELLS * CELL_PIXELS
KEY_BYTES: Final = 16
OPACITY: Final = 0.012
"""How strongly a set cell is drawn: three of 256 grey levels."""

SCALES: Final = (0.5, 2.0)
"""Between which sizes, beside the screen's own, a picture is recognised."""

_CHIPS: Final = CELLS * CELLS
_SYNC: Final = _CHIPS // 4
_CLIP: Final = 6.0  # grey levels: text is a hundred times stronger than the pattern, and must not drown it
_COARSE: Final = 0.004
_MIDDLE: Final = 768
_PLACES: Final = 3
_LIKELIHOOD: Final = 1e-4
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no letter is taken for another

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class View:
    """One page view of the register: its number (32 bits), who looked, when, and at which record."""

    number: int
    person: UUID
    session: UUID
    at: datetime
    kind: str
    record: UUID | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A view that a picture shows; ``by_chance`` bounds an accident, ``scale`` is its size beside the screen's."""

    view: View
    by_chance: float
    scale: float


def code_of(number: int) -> str:
    """Return the code that stands in the visible watermark: seven characters and one that checks them.

    >>> code_of(0), number_of(code_of(123456789))
    ('0000-0000', 123456789)
    """
    digits = [number >> 5 * place & 31 for place in reversed(range(7))]
    text = "".join(_ALPHABET[digit] for digit in [*digits, _check(digits)])
    return f"{text[:4]}-{text[4:]}"


def number_of(code: str) -> int | None:
    """Return the number of a code as a person read it off a picture; None for one with a slip in it."""
    text = code.upper().translate(str.maketrans("OIL", "011", "- "))
    if len(text) != 8 or any(letter not in _ALPHABET for letter in text):
        return None
    *digits, check = (_ALPHABET.index(letter) for letter in text)
    number = sum(digit << 5 * place for digit, place in zip(digits, reversed(range(7)), strict=True))
    return number if check == _check(digits) and number < 2**32 else None


def _check(digits: Sequence[int]) -> int:
    """A sum with odd weights modulo 31 (prime): every single slip, and every exchange of two neighbours but 0 and V."""
    return sum((place + 1) * digit for place, digit in enumerate(digits)) % 31


def cells_of(key: bytes, number: int) -> NDArray[np.bool_]:
    """Return the 16 x 16 cells (True: set) of the view ``number`` under a center's key (16 bytes)."""
    order, sync = _center(key)
    chips = np.empty(_CHIPS, dtype=np.int8)
    chips[order[:_SYNC]] = sync
    chips[order[_SYNC:]] = _own_chips(key, [number])[0]
    return (chips < 0).reshape(CELLS, CELLS)


def find(picture: Grey, key: bytes, register: Sequence[View]) -> Sighting | None:
    """Return the view of the register that ``picture`` shows (grey levels 0-255, rows x columns), or None.

    Upright pictures, between half and twice the screen's size, in whatever part was kept. See docs/screen-marks.md for
    what was measured.
    """
    if not register or min(picture.shape) < TILE:
        return None
    own = _own_chips(key, [view.number for view in register]).astype(np.float32)
    best: Sighting | None = None
    tried = 0
    for scale, tile in _likely(picture, key):
        for row, column in _places(tile, key):
            tried += 1
            chips = _chips_at(tile, row, column)[_center(key)[0][_SYNC:]]
            spread = float(np.linalg.norm(chips))
            if spread == 0:
                continue
            scores = own @ (chips / spread)
            place = int(np.argmax(scores))
            chance = min(1.0, len(register) * _tail(float(scores[place])))
            if best is None or chance < best.by_chance:
                best = Sighting(register[place], chance, scale)
    if best is None or best.by_chance * tried > _LIKELIHOOD:
        return None
    return Sighting(best.view, best.by_chance * tried, best.scale)


def _likely(picture: Grey, key: bytes) -> Iterator[tuple[float, Grey]]:
    """Yield (scale, folded tile) of the sizes at which the common cells stand out most, the surest first."""
    flat = _flattened(picture)
    span = math.log(SCALES[1] / SCALES[0])
    coarse = [SCALES[0] * math.exp(span * n / (count - 1)) for count in [int(span / _COARSE)] for n in range(count)]
    coarse.append(1.0)
    middle = flat[_middle(flat.shape[0]), _middle(flat.shape[1])]
    ranked = sorted(((_peak(middle, scale, key), scale) for scale in coarse), reverse=True)[:6]
    fine = [scale * (1 + _COARSE * step / 8) for _, scale in ranked for step in range(-6, 7)]
    for _, scale in sorted(((_peak(flat, scale, key), scale) for scale in fine), reverse=True)[:8]:
        yield scale, _folded(flat, scale)


def _middle(length: int) -> slice:
    """Where sizes are looked for first: over a short stretch a size that is nearly right still fits."""
    first = max(0, (length - _MIDDLE) // 2)
    return slice(first, first + _MIDDLE)


def _flattened(picture: Grey) -> Grey:
    """What is finer than a cell's surroundings and no stronger than the pattern: writing is left out, not averaged."""
    size = 5 * CELL_PIXELS
    quiet = np.ones_like(picture)
    rest = picture - _box(picture, size)
    for _ in range(3):
        quiet = (np.abs(rest) < 2 * _CLIP).astype(np.float32)
        rest = picture - _box(picture * quiet, size) / np.maximum(_box(quiet, size), 0.05)
    kept: Grey = np.where(np.abs(rest) <= _CLIP, rest, 0).astype(np.float32)
    return kept


def _box(picture: Grey, size: int) -> Grey:
    """The mean of each pixel's square of ``size``, by running sums."""
    half = size // 2
    padded = np.pad(picture.astype(np.float64), ((half + 1, half), (half + 1, half)), mode="edge")
    sums = padded.cumsum(0).cumsum(1)
    rows, columns = picture.shape
    far, near = 2 * half + 1, 0
    total = (
        sums[far : far + rows, far : far + columns]
        - sums[near : near + rows, far : far + columns]
        - sums[far : far + rows, near : near + columns]
        + sums[near : near + rows, near : near + columns]
    )
    return np.asarray(total / far**2, dtype=np.float32)


def _folded(flat: Grey, scale: float) -> Grey:
    """Return the mean tile (128 x 128) of a picture whose tiles are ``128 * scale`` pixels wide."""
    down, across = _bins(flat.shape[0], scale), _bins(flat.shape[1], scale)
    tile = down @ flat @ across.T
    return np.asarray(tile - tile.mean(), dtype=np.float32)


def _bins(length: int, scale: float) -> Grey:
    """Return the weights (128 x ``length``) by which pixels go to their place in the tile."""
    bins = np.zeros((TILE, length), dtype=np.float32)
    places = (np.arange(length) / scale).astype(np.int64) % TILE
    bins[places, np.arange(length)] = 1
    return np.asarray(bins / np.maximum(bins.sum(1, keepdims=True), 1), dtype=np.float32)


def _peak(flat: Grey, scale: float, key: bytes) -> float:
    found = _matched(_folded(flat, scale), key)
    return float((found.max() - found.mean()) / (found.std() or 1))


def _matched(tile: Grey, key: bytes) -> NDArray[np.float64]:
    """How well the common cells fit at each place of the tile."""
    return np.fft.ifft2(np.fft.fft2(tile) * _template(key)).real


def _places(tile: Grey, key: bytes) -> list[tuple[int, int]]:
    found = _matched(tile, key)
    places = []
    for _ in range(_PLACES):
        row, column = divmod(int(np.argmax(found)), TILE)
        places.append((row, column))
        rows = (np.arange(-CELL_PIXELS // 2, CELL_PIXELS // 2) + row) % TILE
        columns = (np.arange(-CELL_PIXELS // 2, CELL_PIXELS // 2) + column) % TILE
        found[np.ix_(rows, columns)] = found.min()
    return places


def _chips_at(tile: Grey, row: int, column: int) -> Grey:
    """Return the mean of each cell, brighter ones positive, the tile beginning at (row, column)."""
    turned = np.roll(tile, (-row, -column), (0, 1))
    chips = turned.reshape(CELLS, CELL_PIXELS, CELLS, CELL_PIXELS).mean((1, 3)).ravel()
    return np.asarray(chips - chips.mean(), dtype=np.float32)


def _tail(score: float) -> float:
    """Return how probable ``score`` or more is by chance: a sum of 192 random signs is normal near enough."""
    return 0.5 * math.erfc(score / math.sqrt(2))


@lru_cache(maxsize=16)
def _template(key: bytes) -> NDArray[np.complex128]:
    order, sync = _center(key)
    cells = np.zeros(_CHIPS)
    cells[order[:_SYNC]] = sync
    drawn = np.kron(cells.reshape(CELLS, CELLS), np.ones((CELL_PIXELS, CELL_PIXELS)))
    return np.conj(np.fft.fft2(drawn))


@lru_cache(maxsize=16)
def _center(key: bytes) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Return (the order of the cells, the common ones first, their signs) of a center."""
    ranks = np.frombuffer(_stream(key, b"order", _CHIPS * 4), dtype=">u4")
    return np.argsort(ranks, kind="stable"), _signs(_stream(key, b"sync", _SYNC // 8))


def _own_chips(key: bytes, numbers: Sequence[int]) -> NDArray[np.int8]:
    size = (_CHIPS - _SYNC) // 8
    drawn = b"".join(_stream(key, b"view" + number.to_bytes(4, "big"), size) for number in numbers)
    return _signs(drawn).reshape(len(numbers), _CHIPS - _SYNC)


def _signs(drawn: bytes) -> NDArray[np.int8]:
    bits = np.unpackbits(np.frombuffer(drawn, dtype=np.uint8))
    return 1 - 2 * bits.astype(np.int8)


def _stream(key: bytes, label: bytes, size: int) -> bytes:
    return hashlib.shake_256(hmac.digest(key, label, "sha256")).digest(size)
