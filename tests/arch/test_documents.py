"""What our texts and messages point to is there."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)")
_NAMED = re.compile(r"\bdocs/[\w/.-]+\.md\b|\bdocs/adr/\d{4}\b")


def _files(*patterns):
    if not (ROOT / ".git").exists():
        pytest.skip("no git checkout: what belongs to the project is not known")
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines()]


def test_every_link_between_our_documents_leads_somewhere():
    links = [(file, target) for file in _files("*.md") for target in _LINK.findall(file.read_text(encoding="utf-8"))]
    assert len(links) > 50
    assert [f"{file.relative_to(ROOT)}: {to}" for file, to in links if not (file.parent / to).exists()] == []


def test_every_document_that_code_and_messages_name_is_there():
    named = {
        name for file in _files("src/*.py", "src/*.po", "*.toml") for name in _NAMED.findall(file.read_text("utf-8"))
    }
    assert "docs/operations.md" in named
    assert [name for name in sorted(named) if not list(ROOT.glob(f"{name}*"))] == []
