"""What detection claims, one claim a test: numbers, contexts, masks, streams, documents, what agents send."""

import json

import pytest
from click.testing import CliRunner

from hushkeep import detect
from hushkeep.cli.detect import detect as detect_command
from hushkeep.cli.detect import mask as mask_command
from hushkeep.kernel import InvalidInput, Turn


def found(*said, **options):
    turns = [Turn({"A": "agent", "C": "customer"}[s[0]], s[2:]) for s in said]
    return [(turns[f.turn].text[f.start : f.end], f.entity) for f in detect.find(turns, names=False, **options)]


def masked(text, policy=detect.DEFAULT):
    turns = [Turn("customer", text)]
    findings = detect.find(turns, names=False)
    return detect.mask(detect.cut_secrets(turns, findings), findings, policy)[0].text


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("手机号幺三八零零幺三八零零零", "phone"),
        ("手机１３８００１３８０００", "phone"),
        ("电话138 零零幺三 8000", "phone"),
        ("电话幺三八，嗯，零零幺三，三个八幺", "phone"),
        ("卡号6 2 2 2 0 2 1 2 3 4 5 6 7 8 9 0 1 2 8", "bank_card"),
        ("card number four one double one one one one one triple one one one one one one", "bank_card"),
        ("身份证110101199003074610", "id_card"),
        ("my number is four one five five five five oh one two three", "phone"),
        ("税号91440300708461136T", "uscc"),
        ("京A·88888", "plate"),
        ("the otp is 4 9 3 2 1 8", "secret"),
        ("密码是Abc12345", "secret"),
        ("born march third nineteen eighty five", "dob"),
        ("生日一九八八年八月八号", "dob"),
        ("GB82 WEST 1234 5698 7654 32", "iban"),
    ],
)
def test_a_value_is_found_in_the_form_it_is_given(text, entity):
    assert [e for _, e in found("C:" + text)] == [entity]


@pytest.mark.parametrize(
    "text",
    [
        "订单号4111111111111111",
        "order number 4111 1111 1111 1111",
        "运单SF1234567890123",
        "IMEI 356938035643809",
        "时间戳1699999999999",
        "客服热线400-820-8820，或者95588",
        "call 1-800-273-8255",
        "一共1,299.00元，三天到账",
        "I waited forty five minutes for two of them",
        "营业时间10:00-22:00，人均75元",
    ],
)
def test_what_only_looks_like_personal_data_is_left_alone(text):
    assert found("C:" + text) == []


def test_a_number_split_over_turns_is_joined_with_the_echo_of_the_other_side():
    parts = found("A:请报手机号", "C:138", "A:138", "C:0013", "A:嗯", "C:8000")
    assert parts == [("138", "phone"), ("138", "phone"), ("0013", "phone"), ("8000", "phone")]


def test_a_short_answer_takes_its_kind_from_the_last_question():
    assert found("A:背面三位是多少", "C:三七九") == [("三七九", "cvv")]
    assert found("A:您要几份", "C:三七九") == []


def test_an_identity_number_is_not_read_as_a_card_or_a_credit_code():
    assert found("C:320106200210151849") == [("320106200210151849", "id_card")]


def test_a_known_number_is_found_when_said_in_words():
    known = [detect.Known("member", "88001234")]
    assert found("C:eight eight oh oh one two three four", known=known)[0][1] == "member"


def test_known_values_are_found_wherever_they_stand_in_any_turn_and_without_overlap():
    known = [detect.Known("plan", "Gold (+)"), detect.Known("tag", "aa"), detect.Known("initial", "q")]
    said = found("A:the gold (+) or GOLD (+)?", "C:what for", "C:aaa Q aa", known=known)
    assert said == [("gold (+)", "plan"), ("GOLD (+)", "plan"), ("aa", "tag"), ("aa", "tag")]


def test_of_two_known_numbers_each_is_found_where_the_rules_have_read_the_digits_and_where_not():
    known = [detect.Known("member", "88001234"), detect.Known("contract", "7712-3456-9")]
    said = found("C:eight eight oh oh one two three four", "A:mobile 13800138000", "C:771234569", known=known)
    assert [entity for _, entity in said] == ["member", "phone", "contract"]


def test_a_tenants_own_words_and_patterns_are_found():
    custom = [detect.Custom("contract", words=("蓝鲸计划",), patterns=("HK-[0-9]{6}",))]
    assert found("C:蓝鲸计划 hk-123456", custom=[detect.Custom("contract", ("蓝鲸计划",), ("hk-[0-9]{6}",))]) == [
        ("蓝鲸计划", "contract"),
        ("hk-123456", "contract"),
    ]
    assert custom[0].entity == "contract"


@pytest.mark.parametrize("pattern", ["a+", "(", "[0-9]*", "(a{1,}){1,}", ""])
def test_a_pattern_that_could_run_away_is_refused(pattern):
    with pytest.raises(InvalidInput):
        detect.Custom("contract", patterns=(pattern,))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话13812345678", "电话138****5678"),
        ("座机010-85007938", "座机010-****7938"),
        ("手机号幺三八零零幺三五六七八", "手机号幺三八****五六七八"),
        ("身份证110101199003074610", "身份证110101********4610"),
        ("卡号6222 0212 3456 7890 128", "卡号**** **** **** ***0 128"),
        ("验证码是482913", "验证码是[已移除]"),
        ("the otp is 493218", "the otp is [removed]"),
        ("邮箱zhang@qq.com", "邮箱z***@qq.com"),
        ("京A·88845", "京A·***45"),
        ("我叫欧阳建国", "我叫欧阳**"),
        ("my name is Jane Smith", "my name is J*** S****"),
        ("地址上海市浦东新区世纪大道100号", "地址上海市浦东新区****"),
    ],
)
def test_a_mask_keeps_what_the_table_says(text, shown):
    assert masked(text) == shown


def test_a_split_number_is_masked_as_one():
    turns = [Turn("agent", "手机号"), Turn("customer", "138"), Turn("customer", "0013"), Turn("customer", "8000")]
    shown = [t.text for t in detect.mask(turns, detect.find(turns, names=False))]
    assert shown == ["手机号", "138", "****", "8000"]


def test_pseudonyms_are_stable_under_one_key_and_differ_under_another():
    one, other = (detect.Policy("pseudonym", key=bytes([n]) * 16) for n in (1, 2))
    assert masked("电话13812345678", one) == masked("电话138 1234 5678", one)
    assert masked("电话13812345678", one) != masked("电话13812345678", other)
    assert masked("验证码是482913", one) == "验证码是[已移除]"


@pytest.mark.parametrize("bad", [{"style": "none"}, {"style": "pseudonym"}, {"style": "pseudonym", "key": b"short"}])
def test_a_policy_that_would_not_hold_is_refused(bad):
    with pytest.raises(InvalidInput):
        detect.Policy(**bad)


def test_a_known_value_does_not_print():
    assert "13812345678" not in repr(detect.Known("phone", "13812345678"))


def test_a_stream_masks_while_a_question_is_open_and_releases_what_was_nothing():
    stream = detect.Stream()
    stream.feed(Turn("agent", "请说卡号"))
    first = stream.feed(Turn("customer", "6222 0212")).found
    assert [f.rule for f in first] == ["provisional"]
    stream.feed(Turn("agent", "嗯"))
    stream.feed(Turn("customer", "3456 7890"))
    last = stream.feed(Turn("customer", "128"))
    assert {f.turn for f in last.found} == {1, 3, 4}
    assert {f.entity for f in last.found} == {"bank_card"}


def test_html_json_and_mail_are_masked_in_place():
    assert detect.mask_html("<p>电话<b>138</b>00138000</p>", names=False) == "<p>电话<b>138</b>****8000</p>"
    assert json.loads(detect.mask_json('{"cvv": "123", "n": 7}', names=False)) == {"cvv": "[removed]", "n": 7}
    mail = detect.mask_email("From: a <zhang@qq.com>\nSubject: x\n\ncall 415-555-0123\n", names=False)
    assert "zhang@" not in mail
    assert "555" not in mail


def test_the_words_of_a_recogniser_that_hold_a_number_are_named():
    words = "my phone is four one five five five five oh one two three thanks".split()  # noqa: SIM905
    assert set(detect.words_hit(words, names=False)) == set(range(3, 13))


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("麻烦您把短信验证码报给我", "secret"),
        ("Could you tell me your password?", "secret"),
        ("what's the three digits on the back", "cvv"),
        ("请提供完整的银行卡号", "bank_card"),
    ],
)
def test_an_agent_who_asks_for_what_may_not_be_asked_is_told_why(text, entity):
    (ask,) = detect.check_outgoing(text)
    assert ask.entity == entity
    assert ask.why_zh
    assert ask.why_en


@pytest.mark.parametrize(
    "text", ["请勿把验证码告诉任何人", "We will never ask for your password", "请问卡号后四位是多少", "您好"]
)
def test_a_warning_or_an_ordinary_text_may_go(text):
    assert detect.check_outgoing(text) == []


def test_a_name_with_an_identity_number_is_graver_than_either():
    name, number = detect.Finding(0, 0, 2, "person", 1, "x"), detect.Finding(0, 3, 21, "id_card", 1, "x")
    assert detect.raised([name]) == 3
    assert detect.raised([number]) == 4
    assert detect.raised([name, number]) == 5
    assert detect.raised([]) == 0


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"turns": []}', '{"id": 1, "turns": [{"text": 5}]}', '{"id": 1, "turns": "x"}']
)
def test_a_malformed_record_is_refused_with_its_line(line):
    result = CliRunner().invoke(detect_command, ["--no-names"], input=line + "\n")
    assert isinstance(result.exception, InvalidInput)
    assert "line 1" in str(result.exception)


def test_explaining_names_the_evidence_and_no_value():
    line = json.dumps({"id": "a", "turns": [{"speaker": "customer", "text": "电话13812345678"}]})
    result = CliRunner().invoke(detect_command, ["--no-names", "--explain"], input=line)
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["evidence"]
    assert "13812345678" not in result.stdout


def test_the_mask_command_follows_a_policy_file(tmp_path):
    policy = tmp_path / "policy.json"
    policy.write_text('{"keep": {"phone": [0, 2]}}')
    line = json.dumps({"id": "a", "turns": [{"speaker": "customer", "text": "电话13812345678"}]})
    result = CliRunner().invoke(mask_command, ["--no-names", "--policy", str(policy)], input=line)
    assert json.loads(result.stdout)["turns"][0]["text"] == "电话*********78"


@pytest.mark.parametrize(
    ("text", "word"), [("我有糖尿病，在打胰岛素", "糖尿病"), ("I take Metformin twice a day", "Metformin")]
)
def test_health_is_found_where_it_is_asked_for_and_only_there(text, word):
    assert (word, "health") in found("C:" + text, custom=[detect.health()])
    assert found("C:" + text) == []
    assert detect.klass("health") == "health"
    assert "chemotherapists" not in str(found("C:chemotherapists", custom=[detect.health()]))


def test_both_commands_take_a_tenants_own_kinds(tmp_path):
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"contract": {"words": ["蓝鲸计划"], "patterns": ["hk-[0-9]{6}"]}}), "utf-8")
    line = json.dumps({"id": "a", "turns": [{"speaker": "customer", "text": "蓝鲸计划 HK-123456"}]})
    found = CliRunner().invoke(detect_command, ["--no-names", "--custom", str(own)], input=line)
    assert [f["entity"] for f in json.loads(found.stdout)["findings"]] == ["contract", "contract"]
    shown = CliRunner().invoke(mask_command, ["--no-names", "--custom", str(own)], input=line)
    assert "123456" not in shown.stdout


@pytest.mark.parametrize(
    "text", ["[", "[]", '{"contract": 5}', '{"contract": {"word": ["a"]}}', '{"C": {"words": ["ab"]}}']
)
def test_a_file_of_kinds_that_is_none_is_refused(tmp_path, text):
    own = tmp_path / "own.json"
    own.write_text(text, "utf-8")
    result = CliRunner().invoke(detect_command, ["--custom", str(own)], input="")
    assert isinstance(result.exception, InvalidInput)


def test_an_empty_conversation_and_an_unknown_speaker_are_no_matter():
    assert detect.find([]) == []
    assert detect.find([Turn("", ""), Turn("?", "\ud800\x00")], names=False) == []
