"""Folders that only their owner reads, all the way down."""

import os
import stat

from hushkeep.runtime.files import private_folder


def test_a_folder_and_the_parents_made_for_it_are_closed(tmp_path):
    before = os.umask(0o022)
    try:
        private_folder(tmp_path / "site" / "secrets" / "more")
    finally:
        os.umask(before)
    made = (tmp_path / "site", tmp_path / "site" / "secrets", tmp_path / "site" / "secrets" / "more")
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in made] == [0o700] * 3


def test_parents_that_were_there_stay_as_they_were(tmp_path):
    (tmp_path / "shared").mkdir(mode=0o755)
    (tmp_path / "shared").chmod(0o755)
    private_folder(tmp_path / "shared" / "site")
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o755
