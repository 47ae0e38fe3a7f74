"""Run by test_cluster as an ordinary user: make, start, ask and stop a cluster; print its user and an answer."""

import sys
from pathlib import Path

import psycopg

from hushkeep.runtime.cluster import SUPERUSER, Cluster
from hushkeep.runtime.settings import Settings

cluster = Cluster.of(Settings(data_dir=Path(sys.argv[1]) / "d"))
cluster.create("pass word")
server = cluster.start()
cluster.wait(server, "pass word")
with psycopg.connect(cluster.dsn(SUPERUSER, "pass word", "postgres")) as connection:
    answer = connection.execute("SELECT 6 * 7").fetchone()
sys.stdout.write(f"{Path(f'/proc/{server.pid}').stat().st_uid} {answer[0]}\n")
sys.exit(cluster.stop(server))
