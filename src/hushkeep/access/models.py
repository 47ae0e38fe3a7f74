"""Rows of access: live conversations, reveals counted, alarms, facts. They never leave the room."""

from django.db import models

from hushkeep.runtime.rows import TenantManager, TenantRow


class Reveal(TenantRow):
    """One reveal that was allowed: what the quotas count. ``decision`` is the id of its event.

    ``live``: of the customer of a live conversation. ``approval`` is the leave on which it drew.
    """

    actor = models.UUIDField()
    decision = models.UUIDField()
    at = models.DateTimeField()
    live = models.BooleanField(default=False)
    approval = models.UUIDField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["tenant", "actor", "at"], name="access_reveal_actor"),
            models.Index(
                fields=["tenant", "approval"],
                name="access_reveal_approval",
                condition=models.Q(approval__isnull=False),
            ),
        )


class LiveConversation(TenantRow):
    """A conversation that is going on, or in its wrap-up: who serves whom, and until when the grant holds.

    ``reference`` is the connector's own id of it; ``others`` are the ids (text) of agents who joined.
    """

    connector = models.UUIDField()
    reference = models.CharField(max_length=80)
    conversation = models.UUIDField()
    subject = models.UUIDField()
    agent = models.UUIDField()
    others = models.JSONField(default=list)
    outbound = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    wrap_up_seconds = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "connector", "reference"], name="access_live_reference"),
        )
        indexes = (models.Index(fields=["tenant", "agent", "closes_at"], name="access_live_agent"),)


class Fact(TenantRow):
    """What a room above knows of a person and the decision should: with its source and its end. Absent: a default."""

    person = models.UUIDField()
    name = models.CharField(max_length=40)
    number = models.IntegerField()
    source = models.CharField(max_length=40)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "person", "name", "source"], name="access_fact_once"),)


class Alarm(TenantRow):
    """Something that the security officers must look at: a stable code, how severe, about whom.

    ``sent`` holds by which ways it has left the house: way -> time.
    """

    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=10)
    person = models.UUIDField(null=True)
    event = models.UUIDField(null=True)
    count = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()
    sent = models.JSONField(default=dict)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.UUIDField(null=True)

    class Meta:
        indexes = (models.Index(fields=["tenant", "at"], name="access_alarm_at"),)


class Placement(TenantRow):
    """Who stands behind an account (``human``: the same for every account of one person), and in which line."""

    account = models.UUIDField()
    human = models.UUIDField()
    line = models.UUIDField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "account"], name="access_placement_once"),)


class Approval(TenantRow):
    """A request for four eyes. ``scope`` holds ids, codes and times alone; ``digest`` is its SHA-256."""

    action = models.CharField(max_length=40)
    target = models.UUIDField(null=True)
    scope = models.JSONField()
    digest = models.BinaryField(max_length=32)
    count = models.PositiveBigIntegerField()
    clear = models.BooleanField()
    large = models.BooleanField()
    purpose = models.CharField(max_length=40)
    state = models.CharField(max_length=10)
    requester = models.UUIDField()
    requester_human = models.UUIDField()
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_human = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    executed_by = models.UUIDField(null=True)
    executed_at = models.DateTimeField(null=True)
    sampled = models.BooleanField(default=False)

    objects = TenantManager["Approval"]()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(decided_human=None) | ~models.Q(decided_human=models.F("requester_human")),
                name="access_approval_two_humans",
            ),
            models.CheckConstraint(
                condition=models.Q(executed_by=None) | ~models.Q(executed_by=models.F("decided_by")),
                name="access_approval_other_hand",
            ),
        )
        indexes = (
            models.Index(fields=["tenant", "requester_human", "requested_at"], name="access_approval_requester"),
            models.Index(fields=["tenant", "decided_human", "decided_at"], name="access_approval_decider"),
        )


class Emergency(TenantRow):
    """Access to one customer beyond the role: who held it, who let them in, and who judged it afterwards."""

    holder = models.UUIDField()
    role = models.CharField(max_length=20)
    subject = models.UUIDField()
    reason = models.CharField(max_length=40)
    reference = models.CharField(max_length=40)
    minutes = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10)
    requested_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    opened_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)
    review_due = models.DateTimeField(null=True)
    reviewed_by = models.UUIDField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=10, null=True)  # noqa: DJ001 - absent is not empty
    overdue_told = models.BooleanField(default=False)

    objects = TenantManager["Emergency"]()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("holder")),
                name="access_emergency_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None)
                | (~models.Q(reviewed_by=models.F("holder")) & ~models.Q(reviewed_by=models.F("decided_by"))),
                name="access_emergency_third_judges",
            ),
        )
        indexes = (
            models.Index(fields=["tenant", "holder", "requested_at"], name="access_emergency_holder"),
            models.Index(fields=["tenant", "state"], name="access_emergency_state"),
        )


class Elevation(TenantRow):
    """Administrator's rights that somebody took for a while, in one session."""

    person = models.UUIDField()
    session = models.UUIDField()
    reason = models.CharField(max_length=40)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = TenantManager["Elevation"]()

    class Meta:
        indexes = (models.Index(fields=["tenant", "session", "ends_at"], name="access_elevation_session"),)


class Review(TenantRow):
    """One quarter's access review. ``digest`` is the SHA-256 of its report; ``event`` carries it into the ledger."""

    quarter = models.CharField(max_length=8)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)
    digest = models.BinaryField(max_length=32, null=True)
    event = models.UUIDField(null=True)
    overdue_told = models.BooleanField(default=False)

    objects = TenantManager["Review"]()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "quarter"], name="access_review_once"),)


class ReviewItem(TenantRow):
    """One person's effective rights in a review, and what was decided of them."""

    review = models.UUIDField()
    person = models.UUIDField()
    role = models.CharField(max_length=20)
    actions = models.JSONField()
    seen_at = models.DateTimeField(null=True)
    devices = models.PositiveIntegerField()
    verdict = models.CharField(max_length=10)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    objects = TenantManager["ReviewItem"]()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["tenant", "review", "person"], name="access_review_item_once"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("person")),
                name="access_review_not_oneself",
            ),
        )


class ScreenMark(TenantRow):
    """One view of a page with personal data: the number in its marks, who looked, and at which record."""

    number = models.BigIntegerField()
    person = models.UUIDField()
    session = models.UUIDField()
    kind = models.CharField(max_length=20)
    record = models.UUIDField(null=True)
    at = models.DateTimeField()

    objects = TenantManager["ScreenMark"]()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "number"], name="access_screen_mark_once"),)
        indexes = (models.Index(fields=["tenant", "at"], name="access_screen_mark_at"),)


class ScreenRule(TenantRow):
    """What the center's pages hide when their window loses the focus, and who chose it: only added to."""

    blurs = models.CharField(max_length=10)
    person = models.UUIDField()
    at = models.DateTimeField()

    objects = TenantManager["ScreenRule"]()

    class Meta:
        indexes = (models.Index(fields=["tenant", "-id"], name="access_screen_rule_latest"),)


class Mandate(TenantRow):
    """What an auditor from outside may read, and when; the latest of a person holds. Never changed, only followed."""

    person = models.UUIDField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    given_by = models.UUIDField()
    at = models.DateTimeField()

    objects = TenantManager["Mandate"]()

    class Meta:
        indexes = (models.Index(fields=["tenant", "person", "id"], name="access_mandate_person"),)


class RefusedProofs(TenantRow):
    """How often the key of a session's device was not proved: ``told`` as events this minute, ``count`` this hour.

    ``untold`` holds reason -> how many that are in no event yet.
    """

    session = models.UUIDField()
    person = models.UUIDField()
    device = models.UUIDField(null=True)
    minute_at = models.DateTimeField()
    told = models.PositiveSmallIntegerField(default=0)
    untold = models.JSONField(default=dict)
    hour_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "session"], name="access_refused_proofs_once"),)
