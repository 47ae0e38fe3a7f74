"""Rows of identity: centers, people, sessions, devices and programs. They never leave the room."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from hushkeep.kernel import new_id
from hushkeep.runtime.rows import TenantRow


class Tenant(models.Model):
    """A center. Read before any tenant is set, so the table stands on the framework list."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    demo = models.BooleanField(default=False)
    device_required = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """The id: it stands in logs."""
        return str(self.id)


class User(AbstractBaseUser):
    """A person who signs in. Read before a tenant is known, so the table stands on the framework list.

    ``version`` rises with each change of rights: the ETag of the person.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.UUIDField(editable=False)
    login = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20)
    language = models.CharField(max_length=10, default="en")
    is_active = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    enrolled_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)

    objects: ClassVar[BaseUserManager["User"]] = BaseUserManager()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        indexes = (models.Index(fields=["tenant", "id"], name="identity_user_tenant"),)

    def __str__(self) -> str:
        """The id: a name or login would reach logs."""
        return str(self.id)


class Enrolment(TenantRow):
    """A one-time link: only the SHA-256 of its secret is kept, and the sealed TOTP secret while it is being shown."""

    person = models.UUIDField()
    digest = models.BinaryField(max_length=32)
    totp = models.TextField(default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["tenant", "digest"], name="identity_enrolment_digest"),)


class Session(TenantRow):
    """A signed-in browser. The cookie's own record lies with Django and names this row."""

    person = models.UUIDField()
    device = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    second_factor_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, default="")
    network = models.CharField(max_length=43, default="")
    country = models.CharField(max_length=2, default="")

    class Meta:
        indexes = (models.Index(fields=["tenant", "person", "ended_at"], name="identity_session_person"),)


class Cookie(AbstractBaseSession):
    """The record behind a session cookie, read before a tenant is known: on the framework list."""

    person = models.UUIDField(null=True)
    session = models.UUIDField(null=True)


class FormerPassword(TenantRow):
    """The hash of a password that a person had: none of the last four may come back."""

    person = models.UUIDField()
    hash = models.CharField(max_length=255)
    created_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["tenant", "person"], name="identity_former_person"),)


class ServiceAccount(TenantRow):
    """A program: its public Ed25519 key (32 bytes) and its scopes, separated by spaces."""

    name = models.CharField(max_length=64)
    public_key = models.BinaryField(max_length=32)
    scopes = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class Device(TenantRow):
    """A browser's public key (P-256, as a JWK's coordinates) and whether somebody trusts it."""

    person = models.UUIDField()
    label = models.CharField(max_length=60)
    thumbprint = models.CharField(max_length=43)
    x = models.CharField(max_length=43)
    y = models.CharField(max_length=43)
    created_at = models.DateTimeField()
    trusted_at = models.DateTimeField(null=True)
    trusted_by = models.UUIDField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "thumbprint"], name="identity_device_thumbprint"),)
