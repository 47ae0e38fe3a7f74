"""300 made-up identifiers and 75 codes, and a trap that finds any of them in files and answers, in any form."""

import base64
import hashlib
import os
from pathlib import Path
from random import Random

import hyperscan

from hushkeep.channels.sample import identifiers

COUNT = 75  # of each of the four kinds
DIGEST_BYTES = 12  # a cut digest betrays as well
SHORT_DIGITS = 8
CODES = [f"{code:08d}" for code in Random(11).sample(range(10**7, 10**8), COUNT)]


def _canaries():
    rng = Random("canaries")
    return [
        {
            "phone": identifiers.cn_mobile(rng),
            "id_card": identifiers.resident_id(rng),
            "bank_card": identifiers.bank_card(rng, union_pay=True),
            "email": f"canary{rng.randrange(10**9)}@example.com",
        }
        for _ in range(COUNT)
    ]


CANARIES = _canaries()


def record(number, values):
    """A conversation that carries its canaries wherever a source could put them."""
    said = [
        ("agent", "请问您的手机号是多少？"),
        ("customer", f"手机号是{values['phone']}"),
        ("agent", "麻烦报一下身份证号"),
        ("customer", f"身份证{values['id_card']}"),
        ("agent", "卡号是多少呢？"),
        ("customer", f"卡号是{values['bank_card']}"),
        ("agent", "您的邮箱是多少？"),
        ("customer", f"邮箱{values['email']}"),
        ("agent", "给您手机发了一个验证码，麻烦念一下"),
        ("customer", f"验证码{CODES[number]}"),
        (values["phone"], "好的"),  # a speaker named by a number
    ]
    return {
        "id": values["phone"] if number % 2 else values["email"],
        "conversation": values["email"],
        "agent": values["phone"],
        "channel": "chat",
        "language": "zh",
        "customer": {"id": values["id_card"], "name": "王芳", **values, "password": CODES[number]},
        "turns": [{"speaker": speaker, "text": text} for speaker, text in said],
    }


def attachment(values):
    """An attachment, as a record names it, that carries its canaries wherever a source could; and its bytes."""
    content = values["bank_card"].encode()
    return {
        "name": f"{values['phone']} {values['id_card']} {values['email']}.png",
        "media_type": f"image/{values['phone']}",
        "size": len(content),
        "parts": [hashlib.sha256(content).hexdigest()],
    }, content


def forms(value):
    """The bytes by which ``value`` could betray itself: as it is, in other encodings, or by a digest without a key."""
    raw = value.encode()
    digests = [hashlib.new(name, raw).digest()[:DIGEST_BYTES] for name in ("md5", "sha1", "sha256")]
    hexes = [digest.hex().encode() for digest in digests]
    return [raw, value.encode("utf-16-le"), raw.hex().encode(), base64.b64encode(raw).rstrip(b"="), *digests, *hexes]


def _expression(form):
    exact = b"".join(b"\\x%02x" % byte for byte in form)
    # Eight digits stand by chance in one of some thousands of long hexadecimal numbers: such are digests and ids.
    short = form.isdigit() and len(form) <= SHORT_DIGITS
    return b"(?:^|[^0-9A-Fa-f])" + exact + b"(?:[^0-9A-Fa-f]|$)" if short else exact


class Trap:
    """Finds any form of any value in files and answers."""

    def __init__(self, values):
        shapes = [form for value in values for form in forms(value)]
        self._base = hyperscan.Database()
        self._base.compile(
            expressions=[_expression(form) for form in shapes],
            ids=range(len(shapes)),
            elements=len(shapes),
            flags=hyperscan.HS_FLAG_SINGLEMATCH,
        )

    def hits(self, data):
        found = []
        self._base.scan(data, match_event_handler=lambda *match: found.append(match[0]))
        return len(found)

    def files(self, folder):
        """The files under ``folder`` that betray a value; a site may run on it, and remove some meanwhile."""
        paths = sorted(Path(above, name) for above, _, names in os.walk(folder) for name in names)
        return [str(path.relative_to(folder)) for path in paths if self.hits(_read(path))]


def _read(path):
    """What stands in a file; nothing in what is no file, or is none any more."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except FileNotFoundError:
        return b""


def everything():
    """A trap for every canary and every code."""
    return Trap([value for values in CANARIES for value in values.values()] + CODES)
