"""A conversation that a recording belongs to is replaced too: whose it is, is looked at once all of it is written."""

from django.db import migrations

_ALTER = "ALTER TABLE records_recording ALTER CONSTRAINT records_recording_tenant_conversation_fkey "


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0009_run_asked"),
    ]

    operations = [
        migrations.RunSQL(f"{_ALTER} DEFERRABLE INITIALLY DEFERRED", f"{_ALTER} NOT DEFERRABLE"),
    ]
