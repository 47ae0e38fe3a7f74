"""What pages hide without the focus, behind its wall: only added to."""

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0011_mandates"),
    ]

    operations = [
        migrations.CreateModel(
            name="ScreenRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("blurs", models.CharField(max_length=10)),
                ("person", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "-id"], name="access_screen_rule_latest")],
            },
        ),
        *tenant_table("access_screenrule", append_only=True),
    ]
