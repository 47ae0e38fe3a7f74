"""Recordings, their sealed copies and who listened, behind the tenants' walls."""

from collections.abc import Iterator

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table

_KEYS = {
    "recording": ("tenant", "source_digest"),
    "recordingcopy": ("tenant", "recording", "role", "part"),
}
# A row of one tenant cannot point to another's.
_POINTS = (
    ("recording", "subject", "subject"),
    ("recording", "conversation", "conversation"),
    ("recordingcopy", "recording", "recording"),
    ("listening", "recording", "recording"),
)


def _walls() -> Iterator[migrations.RunSQL]:
    for name in ("recording", "recordingcopy"):
        yield from tenant_table(f"records_{name}")
    yield from tenant_table("records_listening", append_only=True)
    for name, columns in _KEYS.items():
        yield migrations.RunSQL(
            f'ALTER TABLE "records_{name}" ADD UNIQUE ({", ".join(columns)})', migrations.RunSQL.noop
        )
    for name, column, whole in _POINTS:
        yield migrations.RunSQL(
            f'ALTER TABLE "records_{name}" ADD FOREIGN KEY (tenant, {column}) '
            f'REFERENCES "records_{whole}" (tenant, id)',
            migrations.RunSQL.noop,
        )
    yield migrations.RunSQL(
        "CREATE INDEX records_listening_of ON records_listening (tenant, recording, id)", migrations.RunSQL.noop
    )


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0002_capsule_shown"),
    ]

    operations = [
        migrations.CreateModel(
            name="Listening",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("event", models.UUIDField()),
                ("recording", models.UUIDField()),
                ("actor", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("first", models.PositiveIntegerField()),
                ("end", models.PositiveIntegerField()),
                ("seek", models.BooleanField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RecordingCopy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("recording", models.UUIDField()),
                ("role", models.CharField(max_length=16)),
                ("part", models.PositiveIntegerField()),
                ("size", models.BigIntegerField()),
                ("suffix", models.CharField(max_length=8)),
                ("subject_wrap", models.BinaryField()),
                ("ring_wrap", models.BinaryField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Recording",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("subject", models.UUIDField()),
                ("conversation", models.UUIDField(null=True)),
                ("source_digest", models.BinaryField(max_length=16)),
                ("agent", models.CharField(max_length=200, null=True)),
                ("agent_person", models.UUIDField(null=True)),
                ("language", models.CharField(max_length=32, null=True)),
                ("direction", models.CharField(max_length=16, null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("landed_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("suffix", models.CharField(max_length=8)),
                ("size", models.BigIntegerField()),
                ("landed_size", models.BigIntegerField(default=0)),
                ("sha256", models.BinaryField(max_length=32)),
                ("state", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=64, null=True)),
                ("stage", models.CharField(max_length=16, null=True)),
                ("passed_seconds", models.FloatField(default=0)),
                ("beat_at", models.DateTimeField(null=True)),
                ("scans", models.PositiveIntegerField(default=0)),
                ("scanned_at", models.DateTimeField(null=True)),
                ("mode", models.CharField(max_length=16, null=True)),
                ("recogniser", models.CharField(max_length=120, null=True)),
                ("seconds", models.FloatField(null=True)),
                ("channels", models.PositiveSmallIntegerField(null=True)),
                ("rate", models.PositiveIntegerField(null=True)),
                ("spans", models.JSONField(default=list)),
                ("transcript", models.JSONField(default=list)),
                ("peaks", models.JSONField(default=list)),
                ("pieces", models.JSONField(default=list)),
                ("sampled", models.BooleanField(default=False)),
                ("ring", models.UUIDField(null=True)),
                ("dead_rings", models.JSONField(default=list)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "-landed_at", "-id"], name="records_recording_page"),
                    models.Index(fields=["tenant", "state"], name="records_recording_state"),
                ],
            },
        ),
        *_walls(),
    ]
