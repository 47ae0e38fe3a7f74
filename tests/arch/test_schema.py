"""Models, migrations and documents agree."""

import re
from pathlib import Path

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from hushkeep.runtime.rows import TenantRow
from hushkeep.runtime.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


def test_no_model_has_changed_without_its_migration():
    detector = MigrationAutodetector(MigrationLoader(None).project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=MigrationLoader(None).graph)
    assert {app: [str(op) for m in ms for op in m.operations] for app, ms in changes.items()} == {}


def test_every_tenant_row_asks_for_its_tenant_by_default():
    rows = [model for model in apps.get_models() if issubclass(model, TenantRow)]
    lax = [m.__name__ for m in rows if type(m._default_manager).__name__ != "TenantManager"]
    assert lax == []


def test_every_setting_is_documented():
    documented = set(re.findall(r"^\| `(\w+)` ", (DOCS / "settings.md").read_text(), re.MULTILINE))
    assert documented == set(Settings.model_fields)
