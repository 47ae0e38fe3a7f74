"""The recordings that are being searched, found without looking at all of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0010_recordings_of_changed"),
    ]

    operations = [
        migrations.AddIndex(
            "recording",
            models.Index(
                fields=["tenant", "beat_at"],
                condition=models.Q(stage__isnull=False),
                name="records_recording_searched",
            ),
        ),
    ]
