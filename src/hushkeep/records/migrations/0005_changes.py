"""Changes of customers' data, and capsules that were undone."""

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0004_exports"),
    ]

    operations = [
        migrations.AddField(
            model_name="capsule",
            name="undone",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("subject", models.UUIDField()),
                ("kind", models.CharField(max_length=10)),
                ("state", models.CharField(max_length=10)),
                ("klass", models.CharField(max_length=16)),
                ("capsule", models.UUIDField()),
                ("actor", models.UUIDField()),
                ("event", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("undo_until", models.DateTimeField()),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
                ("index", models.JSONField(default=list)),
                ("undone_by", models.UUIDField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "subject", "-id"], name="records_change_subject"),
                    models.Index(fields=["tenant", "state", "undo_until"], name="records_change_window"),
                ],
            },
        ),
        *tenant_table("records_change"),
    ]
