"""An alarm says by which ways it has left the house."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0005_reveals_alone"),
    ]

    operations = [
        migrations.AddField(model_name="alarm", name="sent", field=models.JSONField(default=dict)),
    ]
