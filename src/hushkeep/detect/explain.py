"""Why a finding was made, in words for people who check the rules: from the rule's name, never from the text."""

from hushkeep.detect.finding import Finding
from hushkeep.kernel.entities import ENTITIES

_WHY = {
    "checksum": "check digits hold",
    "luhn": "issuer and length exist, Luhn holds",
    "cn_mobile": "eleven digits of the mobile numbering plan",
    "cn_mobile_prefixed": "country code 86 and a mobile number",
    "cn_landline": "area code and subscriber number",
    "nanp": "area code and exchange of the North American plan",
    "nanp_spoken": "ten spoken digits that fit the North American plan",
    "national": "national grouping with a leading zero",
    "e164": "international number with its plus sign",
    "shape": "written shape",
    "written": "written shape",
    "cue": "a cue beside it speaks of it",
    "question": "answers the other side's question",
    "announced": "announced by the same speaker",
    "joined": "parts in several turns, joined",
    "echo": "the other side repeats it",
    "spelled": "spelled out in words",
    "known": "known to be this customer's",
    "zh_model": "named a person by the name model",
    "en_model": "named a person by spaCy, and a given name of the gazetteer",
    "en_pair": "given and family name of the gazetteer",
    "zh_chain": "divisions, roads and house numbers in a row",
    "zh_after_cue": "announced as an address, begins with a known division",
    "en_street": "house number and street",
    "said": "stands where a password is said",
    "answer": "answers the question for a password",
    "code": "stands where a code is said",
}


def explain(finding: Finding) -> tuple[str, ...]:
    """The evidence of ``finding``: what its rule rested on and the check its entity has."""
    parts = finding.rule.split(".")
    why = [_WHY[part] for part in parts if part in _WHY] or [f"rule {finding.rule}"]
    row = ENTITIES.get(finding.entity)
    return (*why, *finding.evidence, *([f"entity check: {row.check}"] if row else []))
