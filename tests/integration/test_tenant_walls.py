"""A tenant sees its own rows alone, and append-only means it, whatever the application's role tries."""

import psycopg
import pytest
from django.db import InternalError, ProgrammingError, connections, transaction

from hushkeep.kernel import Denied, new_id
from hushkeep.runtime.rls import append_only_guards, partition_guards, tenant_table
from hushkeep.runtime.tenancy import current_tenant, tenant_transaction

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def tables(database):
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE TABLE wall_note (id uuid PRIMARY KEY, tenant uuid NOT NULL, word text)")
        cursor.execute(
            "CREATE TABLE wall_log (id uuid, tenant uuid NOT NULL, at timestamptz, PRIMARY KEY (tenant, at, id))"
            " PARTITION BY RANGE (at)"
        )
        cursor.execute("CREATE TABLE wall_log_1 PARTITION OF wall_log FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')")
        for operation in [*tenant_table("wall_note"), *tenant_table("wall_log", append_only=True, unique=None)]:
            cursor.execute(operation.sql)
    yield
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE wall_note, wall_log")
    connections["owner"].close()


def _insert(tenant, row_tenant):
    with tenant_transaction(tenant), connections["default"].cursor() as cursor:
        cursor.execute("INSERT INTO wall_note VALUES (%s, %s, 'x')", [new_id(), row_tenant])


def _count(using="default"):
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM wall_note")
        return cursor.fetchone()[0]


def test_a_tenant_sees_its_own_rows_alone(tables, two_tenants):
    mine, theirs = two_tenants
    _insert(mine, mine)
    with tenant_transaction(mine):
        assert _count() == 1
    with tenant_transaction(theirs):
        assert _count() == 0


def test_without_a_tenant_there_are_no_rows_for_any_role(tables, tenant):
    _insert(tenant, tenant)
    assert [_count(alias) for alias in ("default", "sequencer", "owner")] == [0, 0, 0]


def test_a_row_of_another_tenant_is_refused(tables, two_tenants):
    mine, theirs = two_tenants
    with pytest.raises(ProgrammingError, match="row-level security"):
        _insert(mine, theirs)


def test_the_application_cannot_lower_the_wall(tables, tenant):
    with pytest.raises(ProgrammingError, match="must be owner"), connections["default"].cursor() as cursor:
        cursor.execute("ALTER TABLE wall_note DISABLE ROW LEVEL SECURITY")


def test_the_application_cannot_make_tables(tables, tenant):
    with pytest.raises(ProgrammingError, match="permission denied"), connections["default"].cursor() as cursor:
        cursor.execute("CREATE TABLE mine (id int)")


def test_nesting_joins_one_tenant_and_refuses_another(tables, two_tenants):
    mine, theirs = two_tenants
    with tenant_transaction(mine):
        with tenant_transaction(mine):
            assert current_tenant() == mine
        with pytest.raises(Denied), tenant_transaction(theirs):
            pytest.fail("entered")
        assert current_tenant() == mine
    with pytest.raises(Denied):
        current_tenant()


def test_the_tenant_ends_with_its_block_inside_a_plain_transaction(tables, tenant):
    _insert(tenant, tenant)
    with transaction.atomic():
        with tenant_transaction(tenant):
            assert _count() == 1
        assert _count() == 0


def test_an_error_inside_a_joined_block_rolls_everything_back(tables, tenant):
    def work():
        with tenant_transaction(tenant):
            with connections["default"].cursor() as cursor:
                cursor.execute("INSERT INTO wall_note VALUES (%s, %s, 'x')", [new_id(), tenant])
            with tenant_transaction(tenant):
                raise LookupError

    with pytest.raises(LookupError):
        work()
    with tenant_transaction(tenant):
        assert _count() == 0


@pytest.mark.parametrize("word", ["UPDATE wall_log SET at = at", "DELETE FROM wall_log", "TRUNCATE wall_log"])
def test_an_append_only_table_refuses_the_application(tables, tenant, word):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        tenant_transaction(tenant),
        connections["default"].cursor() as cursor,
    ):
        cursor.execute(word)


@pytest.mark.parametrize(
    "word",
    [
        "UPDATE wall_log SET at = at",
        "DELETE FROM wall_log",
        "TRUNCATE wall_log",
        "DELETE FROM wall_log_1",
        "TRUNCATE wall_log_1",
    ],
)
def test_an_append_only_table_refuses_its_owner_on_each_partition(tables, tenant, word):
    with tenant_transaction(tenant), connections["default"].cursor() as cursor:
        cursor.execute("INSERT INTO wall_log VALUES (%s, %s, '2026-01-05')", [new_id(), tenant])
    with (
        pytest.raises((ProgrammingError, InternalError), match="rows are only added"),
        tenant_transaction(tenant, using="owner"),
        connections["owner"].cursor() as cursor,
    ):
        cursor.execute(word)


def test_a_partition_is_walled_when_addressed_itself(tables, tenant):
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'wall_log_1'")
        assert cursor.fetchone()[0]


def test_guards_of_a_new_partition_are_those_of_a_present_one():
    assert any("TRUNCATE" in statement for statement in partition_guards("p"))
    assert any("TRUNCATE" in statement for statement in append_only_guards("p"))


def test_nobody_enters_without_a_password(database):
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=str(database.socket_dir), user="hushkeep_app", dbname="hushkeep")
