"""A reveal says whether a customer was on the line, and on which leave it drew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0004_four_eyes"),
    ]

    operations = [
        migrations.AddField(model_name="reveal", name="live", field=models.BooleanField(default=False)),
        migrations.AddField(model_name="reveal", name="approval", field=models.UUIDField(null=True)),
    ]
