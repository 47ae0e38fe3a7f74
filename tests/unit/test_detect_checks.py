"""Check digits against the public reference implementation (python-stdnum), where it is installed."""

import random

import pytest

from hushkeep.detect import checks

stdnum_luhn = pytest.importorskip("stdnum.luhn", reason="python-stdnum is a test oracle")
stdnum_ric = pytest.importorskip("stdnum.cn.ric", reason="python-stdnum is a test oracle")
stdnum_uscc = pytest.importorskip("stdnum.cn.uscc", reason="python-stdnum is a test oracle")
stdnum_iban = pytest.importorskip("stdnum.iban", reason="python-stdnum is a test oracle")


@pytest.mark.parametrize("seed", range(40))
def test_luhn_agrees_with_the_oracle(seed):
    rng = random.Random(seed)
    digits = "".join(rng.choice("0123456789") for _ in range(rng.randint(2, 19)))
    for last in "0123456789":
        assert checks.luhn(digits + last) is stdnum_luhn.is_valid(digits + last)


@pytest.mark.parametrize("seed", range(20))
def test_an_identity_number_has_one_check_character_and_the_oracle_agrees(seed):
    rng = random.Random(seed)
    body = f"110101{rng.randint(1950, 2005)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(0, 999):03}"
    good = [c for c in "0123456789X" if checks.id_card(body + c)]
    assert len(good) == 1
    assert stdnum_ric.calc_check_digit(body + good[0]) == good[0]


@pytest.mark.parametrize("code", ["91440300708461136T", "91110000600037341L", "91310000132260736X"])
def test_credit_codes_agree_with_the_oracle(code):
    for last in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        assert checks.uscc(code[:17] + last) is stdnum_uscc.is_valid(code[:17] + last)


@pytest.mark.parametrize("code", ["GB82WEST12345698765432", "DE89370400440532013000", "FR1420041010050500013M02606"])
def test_ibans_agree_with_the_oracle(code):
    assert checks.iban(code) is stdnum_iban.is_valid(code) is True
    assert not checks.iban(code[:-1] + ("1" if code[-1] != "1" else "2"))
