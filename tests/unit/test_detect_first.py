"""Detection, from the door: what a caller may rely on."""

import json

from click.testing import CliRunner

from hushkeep import detect
from hushkeep.cli.detect import detect as detect_command
from hushkeep.cli.detect import mask as mask_command
from hushkeep.kernel import Turn


def test_a_secret_is_gone_after_the_cut_and_other_offsets_stay():
    turns = [Turn("agent", "请报验证码"), Turn("customer", "四八二九三一，电话13800138000")]
    findings = detect.find(turns, names=False)
    kept = detect.cut_secrets(turns, findings)
    assert "四八二九三一" not in kept[1].text
    assert len(kept[1].text) == len(turns[1].text)
    assert [kept[f.turn].text[f.start : f.end] for f in findings if f.entity == "phone"] == ["13800138000"]


def test_the_commands_answer_in_the_order_of_the_input():
    lines = [{"id": f"c-{n}", "turns": [{"speaker": "customer", "text": f"电话1380013800{n}"}]} for n in range(3)]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    result = CliRunner().invoke(detect_command, ["--no-names"], input=text)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["id"] for row in rows] == ["c-0", "c-1", "c-2"]
    assert rows[0]["findings"][0].keys() == {"turn", "start", "end", "entity", "score", "rule"}
    masked = CliRunner().invoke(mask_command, ["--no-names"], input=text)
    assert json.loads(masked.stdout.splitlines()[0])["turns"][0]["text"] == "电话138****8000"
