"""A dry run: what would be taken and what would be found, without a site and without a trace."""

from collections.abc import Sequence

from hushkeep import detect
from hushkeep.channels import intake
from hushkeep.channels.lines import Line, Reject
from hushkeep.cli.intake_report import Report
from hushkeep.cli.intake_source import Piece
from hushkeep.kernel import Conversation, withheld


def look_through(batch: Sequence[Piece], report: Report) -> None:
    """Add to ``report`` what ``batch`` holds. The site may yet find it to be there already, or an id to stand twice."""
    taken: list[Conversation] = []
    for file, place, record, _attached in batch:
        seen = intake.receive(Line(place, record.decode("utf-8", "replace")))
        if isinstance(seen, Reject):
            report.reject(file, place, seen.code, dict(seen.params))
        else:
            taken.append(seen)
    for conversation, findings in zip(taken, detect.find_batch([one.turns for one in taken]), strict=True):
        report.taken += 1
        report.messages += len(conversation.turns)
        report.channels[conversation.channel.value] += 1
        report.entities.update(detect.counted(findings))
        secret = {finding.turn for finding in findings if finding.entity in detect.SECRETS}
        report.secrets_cut += sum(finding.entity in detect.SECRETS for finding in findings)
        report.attachments.update(one.state.value for one in withheld(conversation.attachments, secret))
        began = conversation.started_at or conversation.turns[0].at
        report.days[began.date().isoformat() if began else ""] += 1
