"""The abstract row of a tenant table. Models are rows: fields, constraints, indexes; no business methods."""

from typing import ClassVar, Self, TypeVar

from django.db import models

from hushkeep.kernel import new_id
from hushkeep.runtime.tenancy import current_tenant

Row = TypeVar("Row", bound=models.Model)


class TenantManager(models.Manager[Row]):
    """Rows of the tenant whose transaction is open; raises Denied when none is."""

    def get_queryset(self) -> models.QuerySet[Row]:
        """Return the tenant's rows; the database's own wall stands behind this filter."""
        return super().get_queryset().filter(tenant=current_tenant())


class TenantRow(models.Model):
    """A row with its id (UUIDv7) and its tenant. ``unscoped`` is for migrations and survive alone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.UUIDField(default=current_tenant, editable=False)

    objects: ClassVar[TenantManager[Self]] = TenantManager()
    unscoped: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True
