"""Requests for four eyes, and the humans above accounts, behind their walls."""

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0003_live_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("action", models.CharField(max_length=40)),
                ("target", models.UUIDField(null=True)),
                ("scope", models.JSONField()),
                ("digest", models.BinaryField(max_length=32)),
                ("count", models.PositiveBigIntegerField()),
                ("clear", models.BooleanField()),
                ("large", models.BooleanField()),
                ("purpose", models.CharField(max_length=40)),
                ("state", models.CharField(max_length=10)),
                ("requester", models.UUIDField()),
                ("requester_human", models.UUIDField()),
                ("requested_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("decided_by", models.UUIDField(null=True)),
                ("decided_human", models.UUIDField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("executed_by", models.UUIDField(null=True)),
                ("executed_at", models.DateTimeField(null=True)),
                ("sampled", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["tenant", "requester_human", "requested_at"], name="access_approval_requester"
                    ),
                    models.Index(fields=["tenant", "decided_human", "decided_at"], name="access_approval_decider"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_human", None),
                            models.Q(("decided_human", models.F("requester_human")), _negated=True),
                            _connector="OR",
                        ),
                        name="access_approval_two_humans",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("executed_by", None),
                            models.Q(("executed_by", models.F("decided_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="access_approval_other_hand",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Placement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("account", models.UUIDField()),
                ("human", models.UUIDField()),
                ("line", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("tenant", "account"), name="access_placement_once")],
            },
        ),
        *tenant_table("access_placement"),
        *tenant_table("access_approval"),
    ]
