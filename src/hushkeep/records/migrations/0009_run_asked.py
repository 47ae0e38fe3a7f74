"""What somebody asks of a running intake: to pause, or to end."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0008_attachments"),
    ]

    operations = [
        migrations.AddField("run", "asked", models.CharField(max_length=16, null=True)),
    ]
