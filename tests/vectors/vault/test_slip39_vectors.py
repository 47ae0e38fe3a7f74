# ruff: noqa: E501 - the shares as they are published
"""SLIP-39 shares, against the published vectors (SLIP-0039, section "Test vectors"; passphrase TREZOR).

Source: vectors.json of https://github.com/trezor/python-shamir-mnemonic (MIT), numbered as there.
"""

import pytest
from shamir_mnemonic import combine_mnemonics

from hushkeep.kernel import Denied
from hushkeep.keys import slots

RIGHT = {
    1: (
        "bb54aac4b89dc868ba37d9cc21b2cece",
        (
            "duckling enlarge academic academic agency result length solution fridge kidney coal piece deal husband erode "
            "duke ajar critical decision keyboard"
        ),
    ),
    4: (
        "b43ceb7e57a0ea8766221624d01b0864",
        (
            "shadow pistol academic always adequate wildlife fancy gross oasis cylinder mustang wrist rescue view short "
            "owner flip making coding armed"
        ),
        (
            "shadow pistol academic acid actress prayer class unknown daughter sweater depict flip twice unkind craft "
            "early superior advocate guest smoking"
        ),
    ),
    20: (
        "989baf9dcaad5b10ca33dfd8cc75e42477025dce88ae83e75a230086a0e00e92",
        (
            "theory painting academic academic armed sweater year military elder discuss acne wildlife boring employer "
            "fused large satoshi bundle carbon diagnose anatomy hamster leaves tracks paces beyond phantom capital marvel "
            "lips brave detect luck"
        ),
    ),
    23: (
        "c938b319067687e990e05e0da0ecce1278f75ff58d9853f19dcaeed5de104aae",
        (
            "humidity disease academic always aluminum jewelry energy woman receiver strategy amuse duckling lying "
            "evidence network walnut tactics forget hairy rebound impulse brother survive clothes stadium mailman rival "
            "ocean reward venture always armed unwrap"
        ),
        (
            "humidity disease academic agency actress jacket gross physics cylinder solution fake mortgage benefit public "
            "busy prepare sharp friar change work slow purchase ruler again tricycle involve viral wireless mixture "
            "anatomy desert cargo upgrade"
        ),
    ),
}
WRONG = {
    "2: checksum": (RIGHT[1][1].replace("decision keyboard", "decision kidney"),),
    "3: padding": (
        (
            "duckling enlarge academic academic email result length solution fridge kidney coal piece deal husband erode "
            "duke ajar music cargo fitness"
        ),
    ),
    "5: too few": (RIGHT[4][1],),
    "6: different identifiers": (
        (
            "adequate smoking academic acid debut wine petition glen cluster slow rhyme slow simple epidemic rumor junk "
            "tracks treat olympic tolerate"
        ),
        (
            "adequate stay academic agency agency formal party ting frequent learn upstairs remember smear leaf damage "
            "anatomy ladle market hush corner"
        ),
    ),
    "11: duplicate member indices": (
        (
            "device stay academic always dive coal antenna adult black exceed stadium herald advance soldier busy dryer "
            "daughter evaluate minister laser"
        ),
        (
            "device stay academic always dwarf afraid robin gravity crunch adjust soul branch walnut coastal dream "
            "costume scholar mortgage mountain pumps"
        ),
    ),
    "12: mismatching member thresholds": (
        (
            "hour painting academic academic device formal evoke guitar random modern justice filter withdraw trouble "
            "identify mailman insect general cover oven"
        ),
        (
            "hour painting academic agency artist again daisy capital beaver fiber much enjoy suitable symbolic identify "
            "photo editor romp float echo"
        ),
    ),
    "13: invalid digest": (
        (
            "guilt walnut academic acid deliver remove equip listen vampire tactics nylon rhythm failure husband fatigue "
            "alive blind enemy teaspoon rebound"
        ),
        (
            "guilt walnut academic agency brave hamster hobo declare herd taste alpha slim criminal mild arcade formal "
            "romp branch pink ambition"
        ),
    ),
    "21: checksum, 256 bits": (RIGHT[20][1].replace("detect luck", "detect lunar"),),
    "24: too few, 256 bits": (RIGHT[23][1],),
    "39: length": (
        (
            "junk necklace academic academic acne isolate join hesitate lunar roster dough calcium chemical ladybug "
            "amount mobile glasses verify cylinder"
        ),
    ),
    "40: master secret of odd length": (
        (
            "fraction necklace academic academic award teammate mouse regular testify coding building member verdict "
            "purchase blind camera duration email prepare spirit quarter"
        ),
    ),
}


@pytest.mark.parametrize("number", RIGHT)
def test_the_published_shares_give_the_published_secret(number):
    secret, *shares = RIGHT[number]
    assert combine_mnemonics(shares, b"TREZOR").hex() == secret
    # Ours have no passphrase: any gives a secret, by the standard, and another one.
    assert len(slots.combine(shares)) == len(secret) // 2


@pytest.mark.parametrize("fault", WRONG)
def test_the_published_wrong_shares_are_refused_without_a_word_of_them(fault):
    with pytest.raises(Denied) as refusal:
        slots.combine(WRONG[fault])
    assert not set(str(refusal.value).split()) & {"academic", "duckling", "humidity", "shadow"}
