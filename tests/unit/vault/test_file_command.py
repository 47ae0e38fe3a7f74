"""``hushkeep file seal|open``: the contract of DESIGN 8, run as a person runs it."""

import os
import subprocess
import sys

import pytest

from hushkeep.cli import main

PLAIN = os.urandom(200_000)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "key").write_bytes(os.urandom(32))
    (tmp_path / "plain").write_bytes(PLAIN)
    return tmp_path


def _run(folder, command, source, target, key="key"):
    return main(["file", command, str(folder / source), str(folder / target), "--key-file", str(folder / key)])


def test_a_sealed_file_opens_again(folder):
    assert _run(folder, "seal", "plain", "sealed") == 0
    assert PLAIN[:50] not in (folder / "sealed").read_bytes()
    assert _run(folder, "open", "sealed", "opened") == 0
    assert (folder / "opened").read_bytes() == PLAIN


def test_in_and_out_may_be_the_same_file(folder):
    assert _run(folder, "seal", "plain", "plain") == 0
    assert _run(folder, "open", "plain", "plain") == 0
    assert (folder / "plain").read_bytes() == PLAIN


@pytest.mark.parametrize("fault", ["cut", "changed", "key", "foreign"])
def test_what_does_not_verify_leaves_nothing_behind(folder, fault, capsys):
    _run(folder, "seal", "plain", "sealed")
    sealed = bytearray((folder / "sealed").read_bytes())
    if fault == "cut":
        del sealed[-65_000:]
    elif fault == "changed":
        sealed[150_000] ^= 1
    elif fault == "foreign":
        sealed[:] = PLAIN
    else:
        (folder / "key").write_bytes(os.urandom(32))
    (folder / "sealed").write_bytes(sealed)
    before = sorted(folder.iterdir())
    assert _run(folder, "open", "sealed", "opened") == 10
    assert sorted(folder.iterdir()) == before
    assert capsys.readouterr().err.startswith("hushkeep: error: ")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_file_of_another_size_is_bad_input(folder, size):
    (folder / "key").write_bytes(bytes(size))
    assert _run(folder, "seal", "plain", "sealed") == 2
    assert not (folder / "sealed").exists()


@pytest.mark.parametrize("missing", ["plain", "key"])
def test_a_missing_file_is_not_found(folder, missing):
    (folder / missing).unlink()
    assert _run(folder, "seal", "plain", "sealed") == 4


def test_a_folder_as_input_and_a_missing_folder_for_output_are_bad_input(folder):
    assert _run(folder, "seal", ".", "sealed") == 2
    assert _run(folder, "seal", "plain", "nowhere/sealed") == 2


def test_pipes_serve_both_ways_and_the_key_is_not_printed(folder):
    command = [sys.executable, "-m", "hushkeep", "file"]
    key = ["--key-file", str(folder / "key")]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": "/usr/bin:/bin"}

    def run(name, data):
        words = [*command, name, "-", "-", *key]
        return subprocess.run(words, input=data, capture_output=True, check=False, env=environment)

    sealed = run("seal", PLAIN)
    opened = run("open", sealed.stdout)
    assert (opened.returncode, opened.stdout, opened.stderr) == (0, PLAIN, b"")
    assert run("open", sealed.stdout[:-1]).returncode == 10
