"""A live conversation says whether its customer has shown who they are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0009_screen_marks"),
    ]

    operations = [
        migrations.AddField(model_name="liveconversation", name="verified_at", field=models.DateTimeField(null=True)),
    ]
