"""Capsules carry the masked forms of their fields: what a desk shows without opening anything."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0001_initial"),
    ]

    operations = [
        migrations.AddField("capsule", "shown", models.JSONField(default=dict)),
    ]
