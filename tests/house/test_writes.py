"""Only services and migrations write; only foundation sets a role; doors read the clock."""

import ast
import re

from tests.house.source import PACKAGE, modules, where

WRITES = {
    "save", "delete", "create", "update", "bulk_create", "bulk_update", "get_or_create",
    "update_or_create", "aupdate", "acreate", "asave", "adelete", "raw", "get_model",
}  # fmt: skip
# dict.update, hash.update, Progress.update and the like are told apart by what they are called on.
HARMLESS = re.compile(
    r"^(self\.|hash|digest|hasher|out|context|values|data|progress|bar|found|seen|params|headers|"
    r"environment|options|merged|kwargs|cls\.|bars|task|counts|result|record|extra|known|shown|facts)"
)


def write_calls(path, tree) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        target = ast.unparse(node.func.value)
        name = node.func.attr
        is_manager = ".objects" in target or "filter(" in target or "select_for_update" in target
        if name in WRITES and (
            is_manager or (name in {"save", "delete"} and not HARMLESS.match(target))
        ):
            found.append(f"{where(path, node)} {target}.{name}()")
        if name == "cursor" and target.endswith(("connection", "connections['default']")):
            found.append(f"{where(path, node)} a raw cursor")
    return found


def outside_services():
    for path, tree in modules("apps", "flows", "interfaces", "adapters"):
        relative = path.relative_to(PACKAGE).as_posix()
        is_room_write = re.match(r"apps/\w+/(services(\.py|/)|migrations/|models\.py)", relative)
        # Selectors may read by SQL of their own (sums over the ledger); they never write.
        if not is_room_write:
            yield relative, path, tree


def test_only_services_write():
    found = []
    for relative, path, tree in outside_services():
        rows = write_calls(path, tree)
        if re.match(r"apps/\w+/(selectors(\.py|/)|checks\.py)", relative):
            rows = [row for row in rows if not row.endswith("a raw cursor")]
        if relative.startswith("interfaces/web/health"):
            rows = []
        if relative.startswith("adapters/"):
            # An adapter has no tables; what it saves is a picture or a file.
            rows = [row for row in rows if ".objects" in row or row.endswith("a raw cursor")]
        found += rows
    assert found == []


def test_a_planted_write_in_a_door_is_caught():
    tree = ast.parse("def view(request):\n    Submission.objects.filter(pk=1).update(state='x')\n")
    assert write_calls(PACKAGE / "interfaces" / "planted.py", tree)
    tree = ast.parse("from django.db import connection\nwith connection.cursor() as c: pass\n")
    assert write_calls(PACKAGE / "interfaces" / "planted.py", tree)


ROLE_SETTING = re.compile(
    r"\bSET\s+(SESSION\s+|LOCAL\s+)?ROLE\b|\bset_config\s*\(|\bSET\s+SESSION\b", re.I
)


def role_settings(text: str) -> list[str]:
    return [m.group(0) for m in ROLE_SETTING.finditer(text)]


def strings_of(tree: ast.Module) -> str:
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    }
    return "\n".join(
        str(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in docstrings
    )


def test_only_acting_sets_a_role_and_only_for_the_transaction():
    found = []
    for path, tree in modules(
        "apps", "flows", "interfaces", "adapters", "foundation", "config", "core"
    ):
        if path.name == "acting.py" and path.parent.name == "foundation":
            continue
        found += [f"{path.relative_to(PACKAGE)}: {hit}" for hit in role_settings(strings_of(tree))]
    assert found == []


def test_acting_never_sets_anything_for_the_session():
    text = (PACKAGE / "foundation" / "acting.py").read_text()
    tree = ast.parse(text)
    sql = strings_of(tree)
    assert "SET ROLE" not in sql
    assert "SET SESSION" not in sql
    assert sql.count("SET LOCAL ROLE") == 2
    assert all(
        piece.rstrip().endswith("true)") for piece in re.findall(r"set_config\([^)]*\)", sql)
    )


def test_a_planted_session_set_is_caught():
    assert role_settings("SET ROLE cf_staff")
    assert role_settings("SELECT set_config('app.partner_id', '5', false)")


def test_core_opens_no_file():
    found = [
        where(path, node)
        for path, tree in modules("core")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"open", "exec", "eval", "print", "input"}
    ]
    assert found == []


def test_every_model_has_an_isolation_declaration():
    from counterfoil.foundation.isolation import declarations

    assert declarations()
