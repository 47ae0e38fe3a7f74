"""Rows of identity: people who sign in. They never leave the room."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from hushkeep.kernel import new_id


class User(AbstractBaseUser):
    """A person who signs in. Read before a tenant is known, so the table stands on the framework list."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.UUIDField(editable=False)
    login = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20)
    language = models.CharField(max_length=10, default="en")
    is_active = models.BooleanField(default=False)

    objects: ClassVar[BaseUserManager["User"]] = BaseUserManager()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
