"""Conversations, their keys and digests, behind the tenants' walls."""

from collections.abc import Iterator

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table

_KEYS = {
    "batch": ("tenant", "run", "key"),
    "capsule": ("tenant", "subject", "klass", "version"),
    "conversation": ("tenant", "source_digest"),
    "conversationindex": ("tenant", "digest", "name", "conversation"),
    "subjectindex": ("tenant", "digest", "name"),
    "wrap": ("tenant", "conversation", "subject"),
}
# A row of one tenant cannot point to another's.
_POINTS = (
    *(("batch", "run", "run"), ("capsule", "subject", "subject"), ("conversation", "subject", "subject")),
    *(("conversation", "run", "run"), ("conversationindex", "conversation", "conversation")),
    *(("subjectindex", "subject", "subject"), ("wrap", "conversation", "conversation"), ("wrap", "subject", "subject")),
)


def _walls() -> Iterator[migrations.RunSQL]:
    tables = ("subject", "run", "conversation", "wrap", "capsule", "subjectindex", "conversationindex", "batch")
    for name in tables:
        yield from tenant_table(f"records_{name}", unique=("tenant", "id"))
    for name, columns in _KEYS.items():
        yield migrations.RunSQL(
            f'ALTER TABLE "records_{name}" ADD UNIQUE ({", ".join(columns)})', migrations.RunSQL.noop
        )
    for name, column, whole in _POINTS:
        yield migrations.RunSQL(
            f'ALTER TABLE "records_{name}" ADD FOREIGN KEY (tenant, {column}) '
            f'REFERENCES "records_{whole}" (tenant, id)',
            migrations.RunSQL.noop,
        )
    yield migrations.RunSQL(
        "CREATE INDEX records_conversationindex_of ON records_conversationindex (tenant, conversation)",
        migrations.RunSQL.noop,
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("run", models.UUIDField()),
                ("key", models.BinaryField(max_length=32)),
                ("taken_at", models.DateTimeField()),
                ("answer", models.JSONField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Capsule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("subject", models.UUIDField()),
                ("klass", models.CharField(max_length=16)),
                ("version", models.PositiveIntegerField()),
                ("content", models.BinaryField(max_length=16)),
                ("sealed", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ConversationIndex",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("name", models.CharField(max_length=32)),
                ("digest", models.BinaryField(max_length=16)),
                ("conversation", models.UUIDField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("actor", models.UUIDField()),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("totals", models.JSONField(default=dict)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Subject",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SubjectIndex",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("name", models.CharField(max_length=32)),
                ("digest", models.BinaryField(max_length=16)),
                ("subject", models.UUIDField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Wrap",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("conversation", models.UUIDField()),
                ("subject", models.UUIDField()),
                ("wrapped", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("run", models.UUIDField()),
                ("seen_run", models.UUIDField()),
                ("subject", models.UUIDField()),
                ("source_digest", models.BinaryField(max_length=16)),
                ("content_digest", models.BinaryField(max_length=16)),
                ("channel", models.CharField(max_length=16)),
                ("language", models.CharField(max_length=32, null=True)),
                ("direction", models.CharField(max_length=16, null=True)),
                ("agent", models.CharField(max_length=200, null=True)),
                ("at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("taken_at", models.DateTimeField()),
                ("turn_count", models.PositiveIntegerField()),
                ("level", models.PositiveSmallIntegerField()),
                ("secrets_cut", models.PositiveIntegerField()),
                ("entities", models.JSONField()),
                ("preview", models.CharField(max_length=200)),
                ("masked", models.JSONField()),
                ("findings", models.JSONField()),
                ("scheme", models.CharField(max_length=16)),
                ("sealed", models.BinaryField()),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "-at", "-id"], name="records_conversation_page"),
                    models.Index(fields=["tenant", "subject"], name="records_conversation_subject"),
                ],
            },
        ),
        *_walls(),
    ]
