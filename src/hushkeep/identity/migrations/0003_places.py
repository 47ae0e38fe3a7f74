"""Where a session is used from: its network, and its country where that is known."""

from django.db import migrations, models

from hushkeep.runtime.roles import APP

_SIGNED_IN = f"""
DROP FUNCTION hushkeep_signed_in(text, timestamptz);
CREATE FUNCTION hushkeep_signed_in(cookie text, at timestamptz) RETURNS TABLE (
    data text, password varchar,
    id uuid, tenant uuid, login varchar, name varchar, role varchar, language varchar, is_active boolean,
    version integer, enrolled_at timestamptz, left_at timestamptz,
    center_name varchar, demo boolean, device_required boolean,
    session uuid, device uuid, created_at timestamptz, seen_at timestamptz, second_factor_at timestamptz,
    expires_at timestamptz, ended_at timestamptz, end_reason varchar, network varchar, country varchar
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
    SELECT s.device, s.created_at, s.seen_at, s.second_factor_at, s.expires_at, s.ended_at, s.end_reason,
           s.network, s.country
    INTO device, created_at, seen_at, second_factor_at, expires_at, ended_at, end_reason, network, country
    FROM identity_session s
    WHERE s.tenant = hushkeep_signed_in.tenant AND s.id = hushkeep_signed_in.session
      AND s.person = hushkeep_signed_in.id;
    RETURN NEXT;
END $$;
REVOKE ALL ON FUNCTION hushkeep_signed_in FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hushkeep_signed_in TO {APP};
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_cookies")]

    operations = [
        migrations.AddField("session", "network", models.CharField(default="", max_length=43)),
        migrations.AddField("session", "country", models.CharField(default="", max_length=2)),
        migrations.RunSQL(_SIGNED_IN, migrations.RunSQL.noop),
    ]
