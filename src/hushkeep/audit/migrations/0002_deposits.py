"""Deposits: checkpoints that were put outside of the house, and the stamps that came back."""

from django.db import migrations
from django.db.migrations.operations import RunSQL

from hushkeep.runtime.rls import tenant_table

APP, SEQUENCER = "hushkeep_app", "hushkeep_sequencer"

TABLE = """
CREATE TABLE event_deposit (
    tenant uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('folder', 'mail', 'stamp')),
    place text NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    at timestamptz NOT NULL,
    note text NOT NULL,
    token bytea CHECK ((token IS NOT NULL) = (kind = 'stamp')),
    PRIMARY KEY (tenant, kind, place, size)
)
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_events")]
    operations = [
        RunSQL(TABLE, RunSQL.noop),
        *tenant_table("event_deposit", append_only=True, unique=None, writers=(SEQUENCER,), readers=(APP,)),
    ]
