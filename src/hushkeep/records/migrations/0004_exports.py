"""Exports, behind their wall."""

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0003_recordings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("approval", models.UUIDField()),
                ("object", models.UUIDField()),
                ("person", models.UUIDField()),
                ("requester", models.UUIDField()),
                ("approver", models.UUIDField()),
                ("state", models.CharField(max_length=10)),
                ("slot", models.JSONField()),
                ("count", models.PositiveBigIntegerField()),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("digest", models.BinaryField(max_length=32, null=True)),
                ("began_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("taken_at", models.DateTimeField(null=True)),
                ("taken_in", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("tenant", "approval"), name="records_export_once")],
            },
        ),
        *tenant_table("records_export"),
    ]
