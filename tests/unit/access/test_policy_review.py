"""Policies can be checked, explained and compared before they hold."""

import json
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from hushkeep.access.policy_review import Change, May, diff, may
from hushkeep.access.policy_set import load, shipped, shipped_text
from hushkeep.cli.policy import policy
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, InvalidInput

TEXT, SCHEMA = shipped_text()
WIDER = '@id("odd") permit (principal in Role::"auditor", action == Action::"conversation:list", resource);'


def run(*words, terminal="C"):
    return CliRunner(env={"LANGUAGE": terminal}).invoke(policy, words, catch_exceptions=False)


def test_the_shipped_set_changes_nothing_beside_itself():
    assert diff(shipped(), load(TEXT, SCHEMA)) == ()


def test_a_wider_set_shows_the_one_cell_that_it_changes():
    changed = diff(shipped(), load(TEXT + WIDER, SCHEMA))
    assert changed == (Change(Role.AUDITOR, Action.CONVERSATION_LIST, May.NO, May.YES, ("odd",)),)


def test_an_agent_may_reveal_sometimes_and_an_auditor_never():
    assert may(Role.AGENT, Action.CONVERSATION_REVEAL, shipped()) is May.SOMETIMES
    assert may(Role.AUDITOR, Action.CONVERSATION_REVEAL, shipped()) is May.NO
    assert may(Role.QA, Action.CONVERSATION_LIST, shipped()) is May.YES


def test_check_prints_the_digest_that_events_carry():
    assert json.loads(run("check").stdout)["digest"] == shipped().digest


def test_policies_are_looked_at_by_themselves_without_a_site():
    """As a command of its own: here everything else is loaded already."""
    done = subprocess.run(
        [sys.executable, "-m", "hushkeep", "policy", "check"], capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout or done.stderr)["digest"] == shipped().digest


def test_check_refuses_an_unsound_folder(tmp_path):
    with pytest.raises(InvalidInput, match="no"):
        run("check", str(tmp_path))
    (tmp_path / "x.cedar").write_text("permit (")
    with pytest.raises(InvalidInput, match="parse"):
        run("check", str(tmp_path))


def test_explain_names_the_policies_on_both_sides():
    words = ("--role", "qa", "--action", "conversation:reveal", "--purpose", "quality_review", "--reveals", "30")
    said = json.loads(run("explain", *words).stdout)
    assert (said["outcome"], said["reason"]) == ("denied", "quota_spent")
    assert (said["permits"], said["forbids"]) == (["qa.reveal"], ["wall.reveal_quota"])


@pytest.mark.parametrize(
    ("terminal", "says"), [("en_GB.UTF-8", "Whoever has spent"), ("zh_CN.UTF-8", "每小时查看明文的额度")]
)
def test_explain_says_the_deciding_policy_in_the_readers_language(terminal, says):
    words = ("--role", "qa", "--action", "conversation:reveal", "--purpose", "quality_review", "--reveals", "30")
    said = json.loads(run("explain", *words, terminal=terminal).stdout)
    assert said["says"][said["policy"]].startswith(says)
    assert set(said["says"]) == {*said["permits"], *said["forbids"]}


def test_check_tells_which_policies_bear_no_sentence(tmp_path):
    assert json.loads(run("check").stdout)["without_sentence"] == []
    (tmp_path / "all.cedar").write_text(TEXT + WIDER, "utf-8")
    assert json.loads(run("check", str(tmp_path)).stdout)["without_sentence"] == ["odd"]


def test_diff_prints_what_a_folder_would_change(tmp_path):
    (tmp_path / "all.cedar").write_text(TEXT + WIDER, "utf-8")
    said = json.loads(run("diff", str(tmp_path)).stdout)
    cell = {"role": "auditor", "action": "conversation:list", "before": "no", "after": "yes"}
    assert said == [cell | {"rules": ["odd"], "says": {"odd": "odd"}}]


def test_diff_says_what_the_rule_said_that_is_taken_away(tmp_path):
    (tmp_path / "all.cedar").write_text(re.sub(r'@id\("qa.reveal"\).*?;', "", TEXT, flags=re.DOTALL), "utf-8")
    said = json.loads(run("diff", str(tmp_path)).stdout)
    assert [(cell["role"], cell["action"], cell["rules"]) for cell in said] == [
        ("qa", "conversation:reveal", ["qa.reveal"])
    ]
    assert said[0]["says"]["qa.reveal"].startswith("Quality assurance may reveal")


def test_a_rule_that_is_only_said_otherwise_changes_no_cell():
    assert diff(shipped(), load(TEXT.replace("@says(", '@odd("x") @says('), SCHEMA)) == ()
