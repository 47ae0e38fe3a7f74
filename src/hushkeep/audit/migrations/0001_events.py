"""Events: header, payload, leaf and what the sequencer writes beside them, by month, behind the tenants' wall."""

from django.db import migrations
from django.db.migrations.operations import RunSQL

from hushkeep.runtime.rls import tenant_table, truncate_guard, wall

APP, SEQUENCER, OWNER = "hushkeep_app", "hushkeep_sequencer", "hushkeep_owner"

HEADER_COLUMNS = (
    "tenant, at, id, actor, session, device, conversation, subject, target, approval, request, count, version, "
    "actor_kind, action, outcome, reason, policy, policy_set, purpose, target_kind, commitment"
)

TABLES = """
CREATE TABLE event_header (
    tenant uuid NOT NULL,
    at timestamptz NOT NULL,
    id uuid NOT NULL,
    actor uuid,
    session uuid,
    device uuid,
    conversation uuid,
    subject uuid,
    target uuid,
    approval uuid,
    request uuid,
    xid bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    count bigint CHECK (count >= 0),
    version smallint NOT NULL,
    era smallint NOT NULL DEFAULT 0,
    actor_kind text NOT NULL,
    action text NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    policy text,
    policy_set bytea CHECK (octet_length(policy_set) = 32),
    purpose text,
    target_kind text,
    commitment bytea CHECK (octet_length(commitment) = 32),
    PRIMARY KEY (id, at),
    CONSTRAINT codes_only CHECK (
        concat_ws(':', actor_kind, action, outcome, reason, policy, purpose, target_kind)
        ~ '^[A-Za-z0-9_.:,/@+=-]+$')
) PARTITION BY RANGE (at);
-- xid: the transaction that wrote the row. What the sequencer's last snapshot did not show yet is new to it.
-- era: rises when the database is restored where transactions are numbered anew; numbers compare within an era alone.
-- A bigint and not xid8, whose comparison is not leakproof: behind row-level security it could not use the index.
CREATE INDEX event_header_xid ON event_header (tenant, era, xid);
-- Not by tenant first: without statistics the sequencer's look would take this one and walk through the whole log.
CREATE INDEX event_header_time ON event_header (at);
CREATE INDEX event_header_actor ON event_header (actor, at) WHERE actor IS NOT NULL;
CREATE INDEX event_header_conversation ON event_header (conversation, at) WHERE conversation IS NOT NULL;
CREATE INDEX event_header_subject ON event_header (subject, at) WHERE subject IS NOT NULL;
-- A frequent action is soon found by walking back in time; a rare one would be looked for through the whole log.
CREATE INDEX event_header_rare ON event_header (tenant, action, at) WHERE action NOT IN
    ('conversation:view', 'conversation:list', 'conversation:search', 'conversation:reveal', 'conversation:store',
     'conversation:start', 'conversation:end', 'key:unwrap', 'recording:list', 'recording:play', 'recording:view',
     'session:sign_in', 'session:sign_out', 'audit:read', 'audit:verify');
CREATE INDEX event_header_refused ON event_header (tenant, outcome, at) WHERE outcome <> 'allowed';

CREATE TABLE event_payload (
    tenant uuid NOT NULL,
    at timestamptz NOT NULL,
    event uuid NOT NULL,
    salt bytea NOT NULL CHECK (octet_length(salt) = 32),
    body bytea NOT NULL,
    PRIMARY KEY (tenant, event, at)
) PARTITION BY RANGE (at);

-- A row holds a run of leaves: places first, first + 1, … with each one's event, time and hash (32 bytes each, joined).
-- Not by month: leaves are never dropped, so that what follows a dropped month can still be proved.
CREATE TABLE event_leaf (
    tenant uuid NOT NULL,
    first bigint NOT NULL CHECK (first >= 0),
    earliest timestamptz NOT NULL,
    latest timestamptz NOT NULL,
    events uuid[] NOT NULL CHECK (cardinality(events) > 0 AND array_lower(events, 1) = 1),
    times timestamptz[] NOT NULL CHECK (cardinality(times) = cardinality(events)),
    hashes bytea NOT NULL CHECK (octet_length(hashes) = 32 * cardinality(events)),
    PRIMARY KEY (tenant, first)
);
CREATE INDEX event_leaf_time ON event_leaf (tenant, latest);
-- Ids and hashes do not compress, and uncompressed a part of them is read without the rest.
ALTER TABLE event_leaf ALTER events SET STORAGE EXTERNAL, ALTER times SET STORAGE EXTERNAL,
    ALTER hashes SET STORAGE EXTERNAL;

CREATE TABLE event_node (
    tenant uuid NOT NULL,
    level smallint NOT NULL CHECK (level > 0),
    index bigint NOT NULL CHECK (index >= 0),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (tenant, level, index)
);

CREATE TABLE event_checkpoint (
    tenant uuid NOT NULL,
    size bigint NOT NULL,
    first bigint NOT NULL CHECK (first >= 0 AND first < size),
    at timestamptz NOT NULL,
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    peaks bytea NOT NULL,
    seen pg_snapshot NOT NULL,
    era smallint NOT NULL,
    note text NOT NULL,
    PRIMARY KEY (tenant, size),
    UNIQUE (tenant, first)
);

CREATE TABLE event_cosignature (
    tenant uuid NOT NULL,
    size bigint NOT NULL,
    witness text NOT NULL,
    at timestamptz NOT NULL,
    line text NOT NULL,
    offset_ms bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, size, witness)
);

CREATE TABLE event_key (
    tenant uuid NOT NULL,
    vkey text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, vkey)
);
"""


def _field(name: str, *, text: str | None = None) -> str:
    return f""" || coalesce(',"{name}":"' || {text or "h." + name} || '"', '')"""


def _entry() -> str:
    """Return the SQL of a header's canonical bytes: keys in order, no spaces, what is not set left out."""
    at = """to_char(h.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    parts = """'{"action":"' || h.action || '"'""" + "".join(
        [
            _field("actor"),
            _field("actor_kind"),
            _field("approval"),
            _field("at", text=at),
            _field("conversation"),
            """ || coalesce(',"count":' || h.count, '')""",
            _field("device"),
            _field("id"),
            _field("outcome"),
            _field("payload", text="encode(h.commitment, 'hex')"),
            _field("policy"),
            _field("policy_set", text="encode(h.policy_set, 'hex')"),
            *(_field(name) for name in ("purpose", "reason", "request", "session", "subject")),
            *(_field(name) for name in ("target", "target_kind", "tenant")),
            """ || ',"version":' || h.version || '}'""",
        ]
    )
    return (
        "CREATE FUNCTION hushkeep_entry(h event_header) RETURNS bytea LANGUAGE sql STABLE "
        f"RETURN convert_to({parts}, 'UTF8')"
    )


# Retention alone deletes payloads, and not before the law's six months: the minimum wins over erasure.
PAYLOAD_GUARD = """
CREATE FUNCTION hushkeep_payload_floor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at > now() - interval '183 days' THEN
        RAISE EXCEPTION 'DELETE on event_payload is refused: younger than the six months that the law asks for'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER payload_floor BEFORE DELETE ON event_payload FOR EACH ROW EXECUTE FUNCTION hushkeep_payload_floor();
CREATE TRIGGER append_only_rows BEFORE UPDATE ON event_payload
    FOR EACH ROW EXECUTE FUNCTION hushkeep_append_only();
"""

# Partitions are made and dropped by the owner's functions, which the sequencer may call without rights to the schema.
MONTHS = """
CREATE FUNCTION hushkeep_audit_month(month timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first timestamptz := date_trunc('month', month, 'UTC');
    base text;
    part text;
BEGIN
    FOREACH base IN ARRAY ARRAY['event_header', 'event_payload'] LOOP
        part := base || to_char(first, '_YYYY_MM');
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                       part, base, first, first + interval '1 month');
        PERFORM hushkeep_audit_guard(part);
    END LOOP;
END $$;

CREATE FUNCTION hushkeep_audit_guard(part text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', part);
    EXECUTE format($f$CREATE POLICY tenant_wall ON %I
        USING (tenant = (SELECT nullif(current_setting('app.tenant', true), '')::uuid))
        WITH CHECK (tenant = (SELECT nullif(current_setting('app.tenant', true), '')::uuid))$f$, part);
    EXECUTE format('CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION hushkeep_append_only()', part);
END $$;

CREATE FUNCTION hushkeep_audit_drop(month timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '4s' AS $$
DECLARE
    since timestamptz := date_trunc('month', month, 'UTC');
    until timestamptz := since + interval '1 month';
    held int;
BEGIN
    SELECT max(CASE
        WHEN action LIKE 'audit:%' OR action LIKE 'policy:%' THEN 1096
        WHEN action LIKE 'key:%' THEN 731
        WHEN action LIKE 'conversation:%' OR action LIKE 'customer:%'
             OR action LIKE 'export:%' OR action LIKE 'recording:%' THEN 366
        ELSE 183 END)
    INTO held FROM event_header WHERE at >= since AND at < until;
    IF until > now() - make_interval(days => coalesce(held, 183)) THEN
        RAISE EXCEPTION 'the month % is kept for % days', to_char(since, 'YYYY-MM'), coalesce(held, 183)
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (SELECT FROM event_header h LEFT JOIN (
                   SELECT l.tenant, unnest(l.events) AS event FROM event_leaf l
                   WHERE l.latest >= since AND l.earliest < until) placed
               ON placed.tenant = h.tenant AND placed.event = h.id
               WHERE h.at >= since AND h.at < until AND placed.event IS NULL) THEN
        RAISE EXCEPTION 'the month % holds events without a leaf', to_char(since, 'YYYY-MM')
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF EXISTS (SELECT FROM (SELECT l.tenant, max(l.first + t.n - 1) AS seq
                            FROM event_leaf l, unnest(l.times) WITH ORDINALITY t(at, n)
                            WHERE l.latest >= since AND l.earliest < until
                              AND t.at >= since AND t.at < until GROUP BY l.tenant) last
               WHERE last.seq >= coalesce((SELECT max(size) FROM event_cosignature c
                                           WHERE c.tenant = last.tenant), 0)) THEN
        RAISE EXCEPTION 'the month % is not witnessed', to_char(since, 'YYYY-MM')
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I, %I', 'event_header' || to_char(since, '_YYYY_MM'),
                   'event_payload' || to_char(since, '_YYYY_MM'));
END $$;
"""

# The era is the column's default: the application cannot write it, and the lock on the table lets every writer of the
# era before end first.
ERAS = """
CREATE FUNCTION hushkeep_audit_era() RETURNS smallint LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT substring(pg_get_expr(d.adbin, d.adrelid) FROM '[0-9]+')::smallint
    FROM pg_attrdef d JOIN pg_attribute a ON (a.attrelid, a.attnum) = (d.adrelid, d.adnum)
    WHERE d.adrelid = 'public.event_header'::regclass AND a.attname = 'era'
$$;

CREATE FUNCTION hushkeep_audit_renumbered(known smallint) RETURNS smallint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '4s' AS $$
BEGIN
    LOCK TABLE event_header IN ACCESS EXCLUSIVE MODE;
    IF hushkeep_audit_era() = known THEN
        EXECUTE format('ALTER TABLE event_header ALTER era SET DEFAULT %s', known + 1);
    END IF;
    RETURN hushkeep_audit_era();
END $$;
"""

RIGHTS = f"""
REVOKE EXECUTE ON FUNCTION hushkeep_audit_month, hushkeep_audit_guard, hushkeep_audit_drop, hushkeep_audit_renumbered
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hushkeep_audit_month, hushkeep_audit_drop, hushkeep_audit_renumbered TO {SEQUENCER};
-- The transaction's number is the database's to write: a forged one would hide a row from the sequencer.
REVOKE INSERT ON event_header FROM {APP};
GRANT INSERT ({HEADER_COLUMNS}) ON event_header TO {APP};
GRANT SELECT, INSERT ON event_payload TO {APP};
GRANT SELECT (tenant, at, event), DELETE ON event_payload TO {SEQUENCER};
"""

# The owner's drop must see that every tenant's events of the month are witnessed: ids and codes, never a payload.
WATCHED = ("event_header", "event_leaf", "event_cosignature")
ALL_TENANTS = "".join(f"CREATE POLICY all_tenants ON {table} FOR SELECT TO {OWNER} USING (true);" for table in WATCHED)

FIRST_MONTHS = """
DO $do$ BEGIN
    FOR back IN -1..13 LOOP PERFORM hushkeep_audit_month(now() + make_interval(months => back)); END LOOP;
END $do$;
CREATE TABLE event_header_other PARTITION OF event_header DEFAULT;
CREATE TABLE event_payload_other PARTITION OF event_payload DEFAULT;
SELECT hushkeep_audit_guard(part)
FROM unnest(ARRAY['event_header_other', 'event_payload_other']) part;
"""


def run(*statements: str) -> list[RunSQL]:
    """Return the statements as operations without a way back."""
    return [RunSQL(statement, RunSQL.noop) for statement in statements]


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        *run(TABLES, _entry()),
        *tenant_table("event_header", append_only=True, unique=None),
        *tenant_table("event_leaf", append_only=True, unique=None, writers=(SEQUENCER,), readers=(APP,)),
        *tenant_table("event_node", append_only=True, unique=None, writers=(SEQUENCER,), readers=(APP,)),
        *tenant_table("event_checkpoint", append_only=True, unique=None, writers=(SEQUENCER,), readers=(APP,)),
        *tenant_table("event_cosignature", append_only=True, unique=None, writers=(SEQUENCER,), readers=(APP,)),
        *tenant_table("event_key", append_only=True, unique=None, writers=(SEQUENCER,), readers=(APP,)),
        *run(*wall("event_payload"), PAYLOAD_GUARD, truncate_guard("event_payload"), MONTHS, ERAS, RIGHTS, ALL_TENANTS),
        *run(FIRST_MONTHS),
    ]
