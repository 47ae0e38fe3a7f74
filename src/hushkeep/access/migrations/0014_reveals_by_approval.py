"""What a leave has lent is counted by its index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0013_refused_proofs"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="reveal",
            index=models.Index(
                condition=models.Q(("approval__isnull", False)),
                fields=["tenant", "approval"],
                name="access_reveal_approval",
            ),
        ),
    ]
