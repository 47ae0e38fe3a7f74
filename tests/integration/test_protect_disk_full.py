"""A site whose disk is full, really: a file system of its own without a free block."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from hushkeep.channels import sample
from hushkeep.runtime.cluster import SUPERUSER
from hushkeep.runtime.roles import DATABASE

pytestmark = pytest.mark.server

SIZE_MIB = 320
LEFT_MIB = 6
CONVERSATIONS = 1200


@pytest.fixture
def small_disk():
    """A file system of 320 MiB under a path that the database's own user may pass."""
    folder = Path(tempfile.mkdtemp(prefix="hushkeep-small-"))
    options = f"size={SIZE_MIB}m,mode=711"
    mounting = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
    if os.geteuid() != 0 or subprocess.run(mounting, check=False).returncode != 0:
        folder.rmdir()
        pytest.skip("only root, where the kernel allows it, mounts a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
    folder.rmdir()


def _with_a_fresh_log(site):
    """Have the database begin a file of its log: 16 MiB, reserved before there is no room for one."""
    password = json.loads((site.data_dir / "secrets" / "database").read_text())["superuser"]
    host = f"{site.data_dir}/run/pg"
    with psycopg.connect(host=host, user=SUPERUSER, dbname=DATABASE, password=password, autocommit=True) as own:
        own.execute("SELECT pg_switch_wal()")
        own.execute("SELECT pg_logical_emit_message(true, 'test', 'the first in its file')")


def _fill(folder):
    """Take the free blocks of the file system but a few; return the file that holds them."""
    filler = folder / "filler"
    with filler.open("wb") as out:
        os.posix_fallocate(out.fileno(), 0, shutil.disk_usage(folder).free - LEFT_MIB * 2**20)
    return filler


def test_a_full_disk_breaks_off_in_good_order_and_the_same_command_goes_on_when_there_is_room(
    small_disk, started_site, tmp_path
):
    records = list(sample.records(seed=31, conversations=CONVERSATIONS))
    (tmp_path / "center.jsonl").write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records))
    with started_site(small_disk) as site:
        _with_a_fresh_log(site)
        filler = _fill(small_disk)
        full = site.command("protect", str(tmp_path), "--patience", "0", "--json")
        first = json.loads(full.stdout)
        assert (full.returncode, first["broken_off"]) == (3, "disk_full"), full.stderr
        assert 0 < first["taken"] < CONVERSATIONS
        filler.unlink()
        rest = json.loads(site.command("protect", str(tmp_path), "--json").stdout)
        assert (rest["broken_off"], rest["rejected"], rest["changed"]) == ("", 0, 0)
        assert (rest["taken"], rest["duplicates"]) == (CONVERSATIONS - first["taken"], first["taken"])
