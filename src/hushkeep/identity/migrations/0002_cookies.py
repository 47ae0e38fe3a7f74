"""The records behind cookies, and the one statement that finds who stands behind one."""

from django.db import migrations, models

from hushkeep.runtime.roles import APP

# The wall of the session's table opens only after the tenant is known: hence a function that takes one step after the
# other, with the caller's own rights. The setting ends with the statement's transaction.
_SIGNED_IN = f"""
CREATE FUNCTION hushkeep_signed_in(cookie text, at timestamptz) RETURNS TABLE (
    data text, password varchar,
    id uuid, tenant uuid, login varchar, name varchar, role varchar, language varchar, is_active boolean,
    version integer, enrolled_at timestamptz, left_at timestamptz,
    center_name varchar, demo boolean, device_required boolean,
    session uuid, device uuid, created_at timestamptz, seen_at timestamptz, second_factor_at timestamptz,
    expires_at timestamptz, ended_at timestamptz, end_reason varchar
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    SELECT c.session_data, u.password, u.id, u.tenant, u.login, u.name, u.role, u.language, u.is_active,
           u.version, u.enrolled_at, u.left_at, t.name, t.demo, t.device_required, c.session
    INTO data, password, id, tenant, login, name, role, language, is_active,
         version, enrolled_at, left_at, center_name, demo, device_required, session
    FROM identity_cookie c JOIN identity_user u ON u.id = c.person JOIN identity_tenant t ON t.id = u.tenant
    WHERE c.session_key = cookie AND c.expire_date > at;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM set_config('app.tenant', hushkeep_signed_in.tenant::text, true);
    SELECT s.device, s.created_at, s.seen_at, s.second_factor_at, s.expires_at, s.ended_at, s.end_reason
    INTO device, created_at, seen_at, second_factor_at, expires_at, ended_at, end_reason
    FROM identity_session s
    WHERE s.tenant = hushkeep_signed_in.tenant AND s.id = hushkeep_signed_in.session
      AND s.person = hushkeep_signed_in.id;
    RETURN NEXT;
END $$;
REVOKE ALL ON FUNCTION hushkeep_signed_in FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hushkeep_signed_in TO {APP};
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Cookie",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("person", models.UUIDField(null=True)),
                ("session", models.UUIDField(null=True)),
            ],
            options={"verbose_name": "session", "verbose_name_plural": "sessions", "abstract": False},
        ),
        migrations.RunSQL(_SIGNED_IN, migrations.RunSQL.noop),
    ]
