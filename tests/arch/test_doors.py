"""A room is imported only at its doors. The import linter holds the layers; this holds the doors."""

import ast
from pathlib import Path

import grimp
import pytest

import hushkeep

SOURCE = Path(hushkeep.__file__).parent
PURE = {"detect", "vault", "audio", "ledger"}  # their door is the package itself
# The verifier that stands in every audit pack: one file that needs nothing of ours, so no package either.
SECOND_DOORS = {"hushkeep.ledger.packverify"}
FILES = sorted(SOURCE.rglob("*.py"))


@pytest.fixture(scope="module")
def crossings():
    """(importer, imported) for every import from one room into another."""
    graph = grimp.build_graph("hushkeep", cache_dir=None)
    found = []
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            one, other = importer.split("."), imported.split(".")
            if len(one) > 1 and len(other) > 1 and one[1] != other[1]:
                found.append((importer, imported))
    return found


def _behind(imported):
    """Whether ``imported`` lies behind its room's doors."""
    _, room, *inner = imported.split(".")
    if room in PURE:
        return bool(inner) and imported not in SECOND_DOORS
    return any(part in {"models", "migrations"} or part.startswith("_") for part in inner)


def test_the_rule_tells_doors_from_what_lies_behind():
    assert not any(map(_behind, ["hushkeep.detect", "hushkeep.records.conversations", "hushkeep.kernel.errors"]))
    assert all(map(_behind, ["hushkeep.detect.finder", "hushkeep.records.models", "hushkeep.audit._rows"]))


def test_rooms_are_imported_only_at_their_doors(crossings):
    assert len(crossings) > 20, "the graph was not read"
    assert [f"{importer} -> {imported}" for importer, imported in crossings if _behind(imported)] == []


def test_the_offline_commands_never_load_django():
    graph = grimp.build_graph("hushkeep", include_external_packages=True, cache_dir=None)
    offline = {"detect", "export", "file", "recording", "screen"} & {
        m.rpartition(".")[2] for m in graph.find_children("hushkeep.cli")
    }
    reached = {name: graph.find_shortest_chain(f"hushkeep.cli.{name}", "django") for name in offline}
    assert {name: chain for name, chain in reached.items() if chain} == {}


@pytest.mark.parametrize("unneeded", ["hushkeep.detect", "psycopg", "django"])
def test_an_intake_starts_without_what_the_site_has_of_its_own(unneeded):
    """Each costs a part of a second, which weighs as much as some thousand messages."""
    graph = grimp.build_graph("hushkeep", include_external_packages=True, cache_dir=None)
    assert graph.find_shortest_chain("hushkeep.cli.intake_dry_run", "hushkeep.detect"), "the graph was not read"
    assert graph.find_shortest_chain("hushkeep.cli.protect", unneeded) is None


def _trees():
    for file in FILES:
        yield file.relative_to(SOURCE), ast.parse(file.read_text(encoding="utf-8"))


def test_only_access_makes_a_permit():
    makers = [
        f"{file}:{node.lineno}"
        for file, tree in _trees()
        if file.parts[0] != "access"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Permit"
    ]
    assert makers == []


def test_unscoped_rows_are_for_migrations_and_survive_alone():
    users = [
        f"{file}:{node.lineno}"
        for file, tree in _trees()
        if file.parts[0] != "survive" and "migrations" not in file.parts
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"unscoped", "_base_manager"}
    ]
    assert users == []


def _is_ready(file, function):
    """Whether this is Django's hook for what needs the models: the one late import that is meant."""
    return file.name == "apps.py" and function.name == "ready"


def test_no_import_of_ours_is_late():
    late = []
    for file, tree in _trees():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_ready(file, function):
                for node in ast.walk(function):
                    names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                    names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                    late += [f"{file}:{node.lineno}" for name in names if name.split(".")[0] == "hushkeep"]
    assert late == []


def test_only_the_outermost_modules_start_django():
    starters = {
        file.as_posix()
        for file, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "hushkeep.runtime.boot"
    }
    faces = {"__main__.py", "cli", "api"}
    assert {name for name in starters if name.split("/")[0] not in faces} == set()


def test_a_room_with_tables_keeps_its_door_empty():
    rooms = [file.parent for file in SOURCE.glob("*/models.py")]
    full = [
        room.name
        for room in rooms
        if [
            n for n in ast.parse((room / "__init__.py").read_text(encoding="utf-8")).body if not isinstance(n, ast.Expr)
        ]
    ]
    assert rooms
    assert full == []
