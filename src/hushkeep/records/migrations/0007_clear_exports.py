"""Exports whose values are clear, and the event of their opening."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0006_recording_seals"),
    ]

    operations = [
        migrations.AddField("export", "opening", models.UUIDField(null=True)),
    ]
