"""People, centers, sessions, devices and programs, behind their walls."""

from django.db import migrations, models

import hushkeep.kernel.ids
import hushkeep.runtime.tenancy
from hushkeep.runtime.rls import tenant_table

_WALLED = ("enrolment", "session", "formerpassword", "serviceaccount", "device")
_OF_A_PERSON = ("enrolment", "session", "formerpassword", "device")

# A row of one center cannot point to a person of another.
_KEYS = [
    'ALTER TABLE "identity_user" ADD CONSTRAINT "identity_user_tenant_key" UNIQUE (tenant, id)',
    'ALTER TABLE "identity_user" ADD FOREIGN KEY (tenant) REFERENCES "identity_tenant" (id)',
    *(
        f'ALTER TABLE "identity_{name}" ADD FOREIGN KEY (tenant, person) REFERENCES "identity_user" (tenant, id)'
        for name in _OF_A_PERSON
    ),
]

# Django's cache table (django.core.cache.backends.db); losing it in a crash loses counters only.
_CACHE = """
CREATE UNLOGGED TABLE identity_cache (
    cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
);
CREATE INDEX identity_cache_expires ON identity_cache (expires);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ServiceAccount",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("name", models.CharField(max_length=64)),
                ("public_key", models.BinaryField(max_length=32)),
                ("scopes", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Tenant",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("demo", models.BooleanField(default=False)),
                ("device_required", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(editable=False)),
                ("login", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("role", models.CharField(max_length=20)),
                ("language", models.CharField(default="en", max_length=10)),
                ("is_active", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("enrolled_at", models.DateTimeField(null=True)),
                ("left_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "id"], name="identity_user_tenant")],
            },
        ),
        migrations.CreateModel(
            name="Device",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("person", models.UUIDField()),
                ("label", models.CharField(max_length=60)),
                ("thumbprint", models.CharField(max_length=43)),
                ("x", models.CharField(max_length=43)),
                ("y", models.CharField(max_length=43)),
                ("created_at", models.DateTimeField()),
                ("trusted_at", models.DateTimeField(null=True)),
                ("trusted_by", models.UUIDField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "thumbprint"), name="identity_device_thumbprint")
                ],
            },
        ),
        migrations.CreateModel(
            name="Enrolment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("person", models.UUIDField()),
                ("digest", models.BinaryField(max_length=32)),
                ("totp", models.TextField(default="")),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "digest"], name="identity_enrolment_digest")],
            },
        ),
        migrations.CreateModel(
            name="FormerPassword",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("person", models.UUIDField()),
                ("hash", models.CharField(max_length=255)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "person"], name="identity_former_person")],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=hushkeep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant", models.UUIDField(default=hushkeep.runtime.tenancy.current_tenant, editable=False)),
                ("person", models.UUIDField()),
                ("device", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("second_factor_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.CharField(default="", max_length=20)),
            ],
            options={
                "indexes": [models.Index(fields=["tenant", "person", "ended_at"], name="identity_session_person")],
            },
        ),
        *(operation for name in _WALLED for operation in tenant_table(f"identity_{name}")),
        *(migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in _KEYS),
        migrations.RunSQL(_CACHE, migrations.RunSQL.noop),
    ]
