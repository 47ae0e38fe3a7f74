"""Attachments of conversations, their sealed pieces, and objects that are yet to be deleted; behind the walls."""

from collections.abc import Iterator
from uuid import UUID

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table

_KEYS = {
    "attachment": ("tenant", "conversation", "n"),
    "attachmentpart": ("tenant", "conversation", "content", "part"),
}


def _walls() -> Iterator[migrations.RunSQL]:
    for name in (*_KEYS, "discardedobject"):
        yield from tenant_table(f"records_{name}")
    for name, columns in _KEYS.items():
        yield migrations.RunSQL(
            f'ALTER TABLE "records_{name}" ADD UNIQUE ({", ".join(columns)})', migrations.RunSQL.noop
        )
        # A row of one tenant cannot point to another's.
        yield migrations.RunSQL(
            f'ALTER TABLE "records_{name}" ADD FOREIGN KEY (tenant, conversation) '
            'REFERENCES "records_conversation" (tenant, id)',
            migrations.RunSQL.noop,
        )


def _own() -> "list[tuple[str, models.UUIDField[UUID, UUID]]]":
    return [
        (
            "id",
            models.UUIDField(default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False),
        ),
        ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0007_clear_exports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                *_own(),
                ("conversation", models.UUIDField()),
                ("n", models.PositiveSmallIntegerField()),
                ("turn", models.PositiveIntegerField(null=True)),
                ("name", models.CharField(max_length=200)),
                ("media_type", models.CharField(max_length=100)),
                ("size", models.PositiveBigIntegerField()),
                ("content", models.BinaryField(max_length=16)),
                ("state", models.CharField(max_length=16)),
                ("reason", models.CharField(max_length=64, null=True)),
                ("scan", models.CharField(max_length=32, null=True)),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="AttachmentPart",
            fields=[
                *_own(),
                ("conversation", models.UUIDField()),
                ("content", models.BinaryField(max_length=16)),
                ("part", models.PositiveSmallIntegerField()),
                ("size", models.PositiveIntegerField()),
                ("digest", models.BinaryField(max_length=16)),
                ("wrapped", models.BinaryField(null=True)),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="DiscardedObject",
            fields=[*_own(), ("at", models.DateTimeField())],
            options={"abstract": False},
        ),
        *_walls(),
    ]
