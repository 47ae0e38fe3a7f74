"""What an export costs: rows a second and peak memory of the process that writes it, for as many rows as asked.

    python bench/exports/rows.py [--rows 1000000]

Makes a database and a key service of its own in a temporary folder, fills one center by SQL with conversations of two
short masked turns, writes one archive of all of them in a process of its own, checks the count, and removes all.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILL = """
INSERT INTO records_conversation (id, tenant, run, seen_run, subject, source_digest, content_digest, channel, at,
    ended_at, taken_at, turn_count, level, secrets_cut, entities, preview, masked, findings, scheme, sealed, version)
SELECT gen_random_uuid(), %(tenant)s, %(run)s, %(run)s, %(subject)s, decode(lpad(to_hex(n), 32, '0'), 'hex'), '',
    'chat', now() - n * interval '1 second', now(), now(), 2, 3, 0, '{"phone": 1}', '', jsonb_build_array(
    jsonb_build_array('agent', '您好，请问您的手机号是多少？', null),
    jsonb_build_array('customer', '我的手机号是 138****8000，订单 ' || n, null)), '[]', 'server', '', 1
FROM generate_series(%(first)s, %(last)s) AS n
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--write", nargs=2, metavar=("TENANT", "EXPORT"))
    options = parser.parse_args()
    if options.write:
        write(*options.write)
        return
    folder = Path(tempfile.mkdtemp(prefix="hushkeep-bench-"))
    folder.chmod(0o711)
    os.environ["HUSHKEEP_DATA_DIR"] = str(folder / "site")
    try:
        measure(options.rows, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(rows, folder):
    from hushkeep.runtime.boot import boot  # noqa: PLC0415
    from hushkeep.runtime.secret_files import DJANGO, make_secret  # noqa: PLC0415

    make_secret(DJANGO)
    boot()
    from hushkeep.keys import init_site  # noqa: PLC0415
    from hushkeep.runtime.local_database import local_database  # noqa: PLC0415
    from hushkeep.runtime.schema import migrate  # noqa: PLC0415
    from hushkeep.runtime.settings import settings  # noqa: PLC0415

    place = settings()
    (folder / "recovery").mkdir()
    init_site(place.keys_dir, key_file=place.root_key_file, recovery_dir=folder / "recovery")
    with local_database(place):
        migrate()
        place.run_dir.mkdir(exist_ok=True)
        words = ["--keys-dir", place.keys_dir, "--socket", place.keys_socket, "--key-file", place.root_key_file]
        command = [sys.executable, "-m", "hushkeep.keys", "--unproved-samples", *map(str, words)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:
            assert service.stderr.readline().startswith("hushkeep keys: ready")
            began = time.monotonic()
            tenant, export = prepare(rows)
            print(f"filled with {rows:,} rows in {time.monotonic() - began:.0f} s", flush=True)
            subprocess.run([sys.executable, __file__, "--write", str(tenant), str(export)], check=True)
            service.terminate()


AT_ONCE = 50_000

LIGHTEN = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'records_conversation'::regclass AND contype = 'f'
    LOOP EXECUTE format('ALTER TABLE records_conversation DROP CONSTRAINT %I', name); END LOOP;
    FOR name IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'records_conversation'::regclass AND contype = 'u'
    LOOP EXECUTE format('ALTER TABLE records_conversation DROP CONSTRAINT %I CASCADE', name); END LOOP;
    FOR name IN SELECT indexname FROM pg_indexes
        WHERE tablename = 'records_conversation' AND indexname IN
            ('records_conversation_page', 'records_conversation_subject')
    LOOP EXECUTE format('DROP INDEX %I', name); END LOOP;
END $$
"""


def lighten():
    """Spare the filling its checks: no foreign keys and no indexes but what the export reads by (made-up rows fit)."""
    from django.db import connections  # noqa: PLC0415

    with connections["owner"].cursor() as cursor:
        cursor.execute(LIGHTEN)


def prepare(rows):
    from datetime import timedelta  # noqa: PLC0415

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    from hushkeep import vault  # noqa: PLC0415
    from hushkeep.access.models import Approval  # noqa: PLC0415
    from hushkeep.identity import tenants  # noqa: PLC0415
    from hushkeep.kernel import new_id  # noqa: PLC0415
    from hushkeep.records._export_scope import Wanted, scope_of  # noqa: PLC0415
    from hushkeep.records.conversations import Filter  # noqa: PLC0415
    from hushkeep.records.exports import Format  # noqa: PLC0415
    from hushkeep.records.models import Export  # noqa: PLC0415
    from hushkeep.runtime import clock  # noqa: PLC0415
    from hushkeep.runtime.key_client import keys  # noqa: PLC0415
    from hushkeep.runtime.tenancy import tenant_transaction  # noqa: PLC0415

    now = clock.now()
    tenant = tenants.create("Bench", demo=False, now=now).id
    keys().create_tenant(tenant)
    subject, run, approval, export = (new_id() for _ in range(4))
    public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    wanted = Wanted(which=Filter(), format=Format.CSV, recipient=public)
    lighten()
    with tenant_transaction(tenant), connections["default"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO records_run (id, tenant, actor, started_at, totals) VALUES (%s, %s, %s, now(), '{}')",
            [run, tenant, run],
        )
        cursor.execute("INSERT INTO records_subject (id, tenant, created_at) VALUES (%s, %s, now())", [subject, tenant])
    for first in range(1, rows + 1, AT_ONCE):
        span = {"first": first, "last": min(rows, first + AT_ONCE - 1)}
        with tenant_transaction(tenant), connections["default"].cursor() as cursor:
            cursor.execute(FILL, {"tenant": tenant, "run": run, "subject": subject, **span})
        print(f"{span['last']:,} rows are there", file=sys.stderr, flush=True)
    with tenant_transaction(tenant):
        scope = scope_of(wanted, before=clock.now())
        common = {"tenant": tenant, "count": rows}
        people = {"requester": new_id(), "requester_human": new_id(), "requested_at": now, "expires_at": now}
        Approval(
            id=approval,
            action="export:execute",
            scope=scope,
            digest=b"",
            clear=False,
            large=True,
            purpose="legal_duty",
            state="executed",
            **people,
            **common,
        ).save(force_insert=True)
        Export(
            id=export,
            approval=approval,
            object=new_id(),
            person=new_id(),
            requester=new_id(),
            approver=new_id(),
            state="queued",
            slot=vault.Slot(public).describe(),
            began_at=now,
            expires_at=now + timedelta(days=1),
            **common,
        ).save(force_insert=True)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE records_conversation")
    return tenant, export


def write(tenant, export):
    from uuid import UUID  # noqa: PLC0415

    from hushkeep.runtime.boot import boot  # noqa: PLC0415

    boot()
    from hushkeep.records import export_writing  # noqa: PLC0415
    from hushkeep.records.models import Export  # noqa: PLC0415
    from hushkeep.runtime.tenancy import tenant_transaction  # noqa: PLC0415

    began, worked = time.monotonic(), time.process_time()
    export_writing.write.work(UUID(tenant), UUID(export))
    seconds, cpu = time.monotonic() - began, time.process_time() - worked
    with tenant_transaction(UUID(tenant)):
        row = Export.objects.get(id=export)
    assert row.state == "ready", row.state
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{row.count:,} rows, {row.size / 1e6:.0f} MB: {row.count / seconds:,.0f} rows/s "
        f"({row.count / cpu:,.0f} a processor second of the writer), peak {peak:.0f} MB"
    )


if __name__ == "__main__":
    main()
