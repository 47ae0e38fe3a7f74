"""Views of pages with personal data, behind their walls."""

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0008_reviews"),
    ]

    operations = [
        migrations.CreateModel(
            name="ScreenMark",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("number", models.BigIntegerField()),
                ("person", models.UUIDField()),
                ("session", models.UUIDField()),
                ("kind", models.CharField(max_length=20)),
                ("record", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "at"], name="access_screen_mark_at")],
                "constraints": [models.UniqueConstraint(fields=("tenant", "number"), name="access_screen_mark_once")],
            },
        ),
        *tenant_table("access_screenmark"),
    ]
