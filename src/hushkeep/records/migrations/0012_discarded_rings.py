"""Key rings that belong to nobody are noted as objects are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0011_recording_searched"),
    ]

    operations = [
        migrations.AddField(
            "discardedobject", "made", models.CharField(max_length=8, default="object", db_default="object")
        ),
    ]
