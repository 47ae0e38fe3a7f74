"""Emergencies, and administrator's rights that were taken, behind their walls."""

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_alarms_sent"),
    ]

    operations = [
        migrations.CreateModel(
            name="Elevation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("person", models.UUIDField()),
                ("session", models.UUIDField()),
                ("reason", models.CharField(max_length=40)),
                ("began_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "session", "ends_at"], name="access_elevation_session")],
            },
        ),
        migrations.CreateModel(
            name="Emergency",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("holder", models.UUIDField()),
                ("role", models.CharField(max_length=20)),
                ("subject", models.UUIDField()),
                ("reason", models.CharField(max_length=40)),
                ("reference", models.CharField(max_length=40)),
                ("minutes", models.PositiveSmallIntegerField()),
                ("state", models.CharField(max_length=10)),
                ("requested_at", models.DateTimeField()),
                ("decided_by", models.UUIDField(null=True)),
                ("opened_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.UUIDField(null=True)),
                ("review_due", models.DateTimeField(null=True)),
                ("reviewed_by", models.UUIDField(null=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("verdict", models.CharField(max_length=10, null=True)),
                ("overdue_told", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "holder", "requested_at"], name="access_emergency_holder"),
                    models.Index(fields=["tenant", "state"], name="access_emergency_state"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("holder")), _negated=True),
                            _connector="OR",
                        ),
                        name="access_emergency_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reviewed_by", None),
                            models.Q(
                                models.Q(("reviewed_by", models.F("holder")), _negated=True),
                                models.Q(("reviewed_by", models.F("decided_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="access_emergency_third_judges",
                    ),
                ],
            },
        ),
        *tenant_table("access_emergency"),
        *tenant_table("access_elevation"),
    ]
