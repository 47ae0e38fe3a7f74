"""Refused proofs of a session's device, counted."""

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0012_screen_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="RefusedProofs",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("session", models.UUIDField()),
                ("person", models.UUIDField()),
                ("device", models.UUIDField(null=True)),
                ("minute_at", models.DateTimeField()),
                ("told", models.PositiveSmallIntegerField(default=0)),
                ("untold", models.JSONField(default=dict)),
                ("hour_at", models.DateTimeField()),
                ("count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["tenant", "session"], name="access_refused_proofs_once")
                ],
            },
        ),
        *tenant_table("access_refusedproofs"),
    ]
