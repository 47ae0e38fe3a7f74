"""Where the matching of openings stands, behind its wall."""

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table

_WALLED = ("keptopening", "matchingplace")


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="KeptOpening",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("seq", models.BigIntegerField()),
                ("op", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("actor", models.UUIDField(null=True)),
                ("event", models.UUIDField(null=True)),
                ("subject", models.UUIDField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="MatchingPlace",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("key_seq", models.BigIntegerField(default=0)),
                ("ledger_seq", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("tenant",), name="watch_matching_once")],
            },
        ),
        *(operation for name in _WALLED for operation in tenant_table(f"watch_{name}")),
    ]
