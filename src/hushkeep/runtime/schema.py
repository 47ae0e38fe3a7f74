"""The schema: brought up to date by Django's migrations."""

from django.core.management import call_command
from django.db import connections

from hushkeep.runtime.rls import grant_framework_tables


def migrate() -> None:
    """Bring the schema up to date as the owner, then give the other roles their rights to the framework's tables."""
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    with connections["owner"].cursor() as cursor:
        grant_framework_tables(cursor)
    connections["owner"].close()
