"""What a recording's sidecar says, its Opus copy, and what the check of its seals found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0005_changes"),
    ]

    operations = [
        migrations.AddField("recording", "opus_pieces", models.JSONField(default=list)),
        migrations.AddField("recording", "pauses", models.JSONField(default=list)),
        migrations.AddField("recording", "said_seconds", models.FloatField(null=True)),
        migrations.AddField("recording", "said_channels", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField("recording", "harms", models.JSONField(default=list)),
        migrations.AddField("recording", "checked_at", models.DateTimeField(null=True)),
    ]
