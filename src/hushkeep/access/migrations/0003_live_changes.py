"""Live conversations that are transferred, joined, and begun by agents."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_live_as_signed"),
    ]

    operations = [
        migrations.AddField("liveconversation", "outbound", models.BooleanField(default=False)),
        migrations.AddField("liveconversation", "answered_at", models.DateTimeField(null=True)),
        migrations.AddField("liveconversation", "others", models.JSONField(default=list)),
    ]
