"""Live conversations hold what connectors sign, no more."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="liveconversation",
            name="answered_at",
        ),
        migrations.RemoveField(
            model_name="liveconversation",
            name="outbound",
        ),
        migrations.RemoveField(
            model_name="liveconversation",
            name="sequence",
        ),
    ]
