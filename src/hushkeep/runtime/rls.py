"""Row-level security: operations for migrations that put a table behind its tenant's wall.

Every table is a tenant table but for those in FRAMEWORK_TABLES; a test over the catalogue holds the schema to that.
"""

from collections.abc import Sequence

from django.db.backends.utils import CursorWrapper
from django.db.migrations.operations import RunSQL

from hushkeep.runtime.roles import APP, LOGIN, SEQUENCER

# Tables without a tenant, reached by identity and runtime alone, with the reason why they may lack the wall.
FRAMEWORK_TABLES = {
    "account_emailaddress": "allauth: belongs to a person, reached by the person's id",
    "account_emailconfirmation": "allauth: belongs to an address",
    "auth_group": "Django: unused, kept by its migrations",
    "auth_group_permissions": "Django: unused",
    "auth_permission": "Django: names of model permissions",
    "axes_accessattempt": "axes: attempts to sign in precede the tenant",
    "axes_accessattemptexpiration": "axes: attempts to sign in precede the tenant",
    "axes_accessfailurelog": "axes: attempts to sign in precede the tenant",
    "axes_accesslog": "axes: attempts to sign in precede the tenant",
    "django_content_type": "Django: names of models",
    "django_migrations": "Django: the schema's own state",
    "identity_cache": "Django's shared cache: counters of limits, used codes and nonces by opaque keys",
    "identity_cookie": "Django's records behind session cookies, read before the tenant is known",
    "identity_tenant": "the centers themselves; read before a tenant is set",
    "identity_user": "read at sign-in, before the tenant is known",
    "mfa_authenticator": "allauth: belongs to a person",
    "procrastinate_events": "procrastinate: ids of jobs",
    "procrastinate_jobs": "procrastinate: names and ids; a job sets its tenant itself",
    "procrastinate_periodic_defers": "procrastinate: names of periodic jobs",
    "procrastinate_workers": "procrastinate: heartbeats",
}
_OWNER_ONLY = frozenset({"django_migrations"})
_READ_ONLY = frozenset({"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"})

# The sub-select becomes one InitPlan and still uses an index on (tenant, …); with no tenant set it matches no row.
WALL = "tenant = (SELECT nullif(current_setting('app.tenant', true), '')::uuid)"

_REFUSAL = """
CREATE OR REPLACE FUNCTION hushkeep_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: rows are only added', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$
"""


def tenant_table(
    table: str,
    *,
    append_only: bool = False,
    writers: Sequence[str] = (APP,),
    readers: Sequence[str] = (SEQUENCER,),
    unique: Sequence[str] | None = ("tenant", "id"),
) -> list[RunSQL]:
    """Return the operations that wall off ``table``: forced row-level security, its policy, grants, UNIQUE.

    ``unique`` is None for partitioned tables, whose key (tenant, at, id) stands in their own SQL. With ``append_only``
    the writers get SELECT and INSERT, and triggers refuse UPDATE, DELETE and TRUNCATE, on present partitions too;
    ``partition_guards`` does the same for a partition made later.
    """
    rights = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
    statements = wall(table)
    if unique is not None:
        statements.append(f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_tenant_key" UNIQUE ({", ".join(unique)})')
    statements += [f'GRANT {rights} ON "{table}" TO {role}' for role in writers]
    statements += [f'GRANT SELECT ON "{table}" TO {role}' for role in readers if role not in writers]
    if append_only:
        statements += [_REFUSAL, *append_only_guards(table), _guard_present_partitions(table)]
    return [RunSQL(statement, RunSQL.noop) for statement in statements]


def wall(table: str) -> list[str]:
    """Return the SQL that turns row-level security on for ``table``, for its owner too, with the tenant's policy."""
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY tenant_wall ON "{table}" USING ({WALL}) WITH CHECK ({WALL})',
    ]


def append_only_guards(table: str) -> list[str]:
    """Return the SQL of the triggers that refuse changes to ``table``; row triggers reach its partitions."""
    rows = f'CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON "{table}" '
    return [rows + "FOR EACH ROW EXECUTE FUNCTION hushkeep_append_only()", truncate_guard(table)]


def truncate_guard(table: str) -> str:
    """Return the SQL of the trigger that refuses TRUNCATE; it does not reach partitions, so each needs its own."""
    return (
        f'CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON "{table}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION hushkeep_append_only()"
    )


def partition_guards(partition: str) -> list[str]:
    """Return the SQL for a new partition of an append-only tenant table: its own wall and TRUNCATE guard, no grants."""
    return [*wall(partition), truncate_guard(partition)]


def _guard_present_partitions(table: str) -> str:
    body = "\n".join(
        "EXECUTE format($f$" + statement.replace('"%I"', "%I") + "$f$, part);" for statement in partition_guards("%I")
    )
    return (
        "DO $do$ DECLARE part text; BEGIN "
        f"FOR part IN SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '\"{table}\"'::regclass LOOP "
        f"{body} END LOOP; END $do$"
    )


def grant_framework_tables(cursor: CursorWrapper) -> None:
    """Give the application its rights to the tables of Django and its kin that exist; runs after each migration."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    present = {row[0] for row in cursor.fetchall()}
    for table in sorted(present & FRAMEWORK_TABLES.keys() - _OWNER_ONLY):
        rights = "SELECT" if table in _READ_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        cursor.execute(f'GRANT {rights} ON "{table}" TO {APP}')
    if "identity_user" in present:
        cursor.execute(f"GRANT SELECT ON identity_user TO {LOGIN}")
    cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP}, {SEQUENCER}")
