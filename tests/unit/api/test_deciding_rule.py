"""An event says what its policy says, and only while that is the policy in force."""

from hushkeep.access.policy_set import shipped
from hushkeep.api.events import rule_out


def test_the_rule_of_an_event_is_said_in_both_languages():
    told = rule_out("wall.tenant", shipped().digest)
    assert (told.id, told.says_en) == ("wall.tenant", "Nobody reaches into another center.")
    assert told.says_zh == "任何人不得访问其他租户的数据。"


def test_of_another_set_or_an_unknown_rule_the_id_alone_is_told():
    for policy, digest in (("wall.tenant", "0" * 64), ("gone.rule", shipped().digest), ("wall.tenant", None)):
        told = rule_out(policy, digest)
        assert (told.id, told.says_en, told.says_zh) == (policy, "", "")


def test_where_no_policy_decided_there_is_none():
    assert rule_out(None, shipped().digest) is None
