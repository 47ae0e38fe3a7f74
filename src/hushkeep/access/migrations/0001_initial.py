"""Reveals counted, live conversations, facts and alarms, behind their walls."""

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table

_WALLED = ("reveal", "liveconversation", "fact", "alarm")


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("code", models.CharField(max_length=40)),
                ("severity", models.CharField(max_length=10)),
                ("person", models.UUIDField(null=True)),
                ("event", models.UUIDField(null=True)),
                ("count", models.PositiveIntegerField(default=1)),
                ("at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("acknowledged_by", models.UUIDField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "at"], name="access_alarm_at")],
            },
        ),
        migrations.CreateModel(
            name="Fact",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("person", models.UUIDField()),
                ("name", models.CharField(max_length=40)),
                ("number", models.IntegerField()),
                ("source", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "person", "name", "source"), name="access_fact_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="LiveConversation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("connector", models.UUIDField()),
                ("reference", models.CharField(max_length=80)),
                ("conversation", models.UUIDField()),
                ("subject", models.UUIDField()),
                ("agent", models.UUIDField()),
                ("outbound", models.BooleanField(default=False)),
                ("answered_at", models.DateTimeField(null=True)),
                ("wrap_up_seconds", models.PositiveSmallIntegerField()),
                ("sequence", models.PositiveIntegerField(default=0)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("closes_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "agent", "closes_at"], name="access_live_agent")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "connector", "reference"), name="access_live_reference")
                ],
            },
        ),
        migrations.CreateModel(
            name="Reveal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("actor", models.UUIDField()),
                ("decision", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "actor", "at"], name="access_reveal_actor")],
            },
        ),
        *(operation for name in _WALLED for operation in tenant_table(f"access_{name}")),
    ]
