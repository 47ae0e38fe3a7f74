"""A log line cannot carry personal data, whoever writes it."""

import io
import json
import logging
from uuid import UUID

import pytest

from hushkeep.runtime import jobs, logs

PHONE, NAME = "13812345678", "王小明"


@pytest.fixture
def lines():
    out = io.StringIO()
    writer = logging.StreamHandler(out)
    writer.setFormatter(logs.JsonLines("test"))
    root = logging.getLogger()
    held, level = root.handlers[:], root.level
    root.handlers[:] = [writer]
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:] = held
    root.setLevel(level)


def test_a_log_file_is_its_owners_alone(lines, tmp_path):
    logs.set_up("test", tmp_path / "test.log")
    logging.getLogger().handlers[0].close()
    assert (tmp_path / "test.log").stat().st_mode & 0o777 == 0o600


def test_a_fact_is_written_with_its_fields(lines):
    logs.tell("job_done", job=UUID(int=7), count=3, kind="intake")
    (line,) = lines()
    assert line["event"] == "job_done"
    assert (line["job"], line["count"], line["kind"]) == (str(UUID(int=7)), 3, "intake")
    assert line["at"].endswith("Z")


@pytest.mark.parametrize("value", [PHONE, f"to:{PHONE}", NAME, "Zhang San", "a@b.example", "x" * 65, ""])
def test_free_text_is_refused_where_it_is_written(value):
    with pytest.raises(ValueError, match="no code"):
        logs.tell("call", to=value)


@pytest.mark.parametrize(
    "speak",
    [
        lambda log: log.warning("dialled %s", PHONE),
        lambda log: log.warning(f"dialled {PHONE}"),  # noqa: G004 - a library that formats by itself
        lambda log: log.error(NAME + PHONE),  # noqa: G003
    ],
)
def test_a_librarys_words_are_not_written(lines, speak):
    speak(logging.getLogger("django.request"))
    (line,) = lines()
    assert line["from"] == "django.request"
    assert line["where"].startswith("test_logs:")
    assert PHONE not in json.dumps(line, ensure_ascii=False)
    assert NAME not in json.dumps(line, ensure_ascii=False)


def test_an_exception_leaves_its_type_and_places_but_not_its_message(lines):
    try:
        {}[PHONE]
    except KeyError:
        logs.fail("lookup_failed")
    (line,) = lines()
    assert line["error"] == "KeyError"
    assert line["trace"][0].startswith("test_logs.py:")
    assert PHONE not in json.dumps(line)


@pytest.mark.parametrize("value", [PHONE, NAME, "Zhang San", "a@b.example"])
def test_a_jobs_arguments_are_no_texts(value):
    with pytest.raises(ValueError, match="no code"):
        jobs.enqueue(jobs.Job("x", print), UUID(int=1), who=value)
