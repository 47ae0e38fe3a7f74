"""The schema as PostgreSQL has it: every table behind its tenant's wall, or on the list of those that need none."""

import pytest
from django.db import connections

from hushkeep.runtime.rls import FRAMEWORK_TABLES, WALL
from hushkeep.runtime.roles import APP, LOGIN, ROLES, SEQUENCER

pytestmark = pytest.mark.server

TABLES = """
SELECT relname, relrowsecurity AND relforcerowsecurity
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""


def _rows(query, *arguments):
    with connections["owner"].cursor() as cursor:
        cursor.execute(query, arguments)
        return cursor.fetchall()


def _tables():
    return {name: walled for name, walled in _rows(TABLES) if not name.startswith("wall_")}


def test_every_table_forces_row_level_security_or_is_on_the_list(database):
    tables = _tables()
    assert len(tables) > 10
    assert {name for name, walled in tables.items() if not walled} - set(FRAMEWORK_TABLES) == set()


def test_the_list_names_no_table_that_is_gone(database):
    assert set(FRAMEWORK_TABLES) - set(_tables()) == set()


def test_a_walled_table_has_the_tenants_policy_alone(database):
    policies = _rows("SELECT tablename, policyname, roles::text, cmd, qual FROM pg_policies")
    walled = {name for name, wall in _tables().items() if wall}
    assert walled <= {row[0] for row in policies}
    odd = {tuple(row[:4]) for row in policies if row[0] in walled and row[4].count("app.tenant") != 1}
    assert "app.tenant" in WALL
    # Dropping a month asks whether all of its events are witnessed: the owner may read these, nobody else may.
    watched = {"event_header", "event_leaf", "event_cosignature"}
    assert odd == {(table, "all_tenants", "{hushkeep_owner}", "SELECT") for table in watched}


def test_a_walled_table_keeps_its_tenant_in_every_row(database):
    walled = [name for name, wall in _tables().items() if wall]
    lax = _rows(
        "SELECT relname FROM pg_class c WHERE relname = ANY(%s) AND NOT EXISTS (SELECT 1 FROM pg_attribute a"
        " WHERE attrelid = c.oid AND attname = 'tenant' AND attnotnull)",
        walled,
    )
    assert lax == []


def test_no_role_of_ours_may_pass_the_wall(database):
    rows = _rows(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolbypassrls OR rolcreaterole)",
        list(ROLES),
    )
    assert rows == []


def test_nobody_but_the_owner_owns_a_table(database):
    assert _rows("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [("hushkeep_owner",)]


def test_no_role_may_truncate_or_make_triggers(database):
    rows = _rows(
        "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee = ANY(%s) AND privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES')",
        [APP, SEQUENCER, LOGIN],
    )
    assert rows == []


def test_everyone_has_no_rights_to_our_tables(database):
    assert _rows("SELECT table_name FROM information_schema.role_table_grants WHERE grantee = 'PUBLIC'"
                 " AND table_schema = 'public'") == []  # fmt: skip
