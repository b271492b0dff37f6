"""What stands in for ``python:3.N-slim``: this interpreter, under ``usr/local`` of a bare folder.

As in the official images there is pip, and neither byte code nor tests of Python's own
library. A copy, for a user who is not root may not reach the original.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tests.programs import missing

_LEFT_OUT = shutil.ignore_patterns(
    "__pycache__", "site-packages", "dist-packages", "test", "tests", "idle_test", "config-*"
)
_PIP = """\
#!{python}
import sys
from pip._internal.cli.main import main
sys.exit(main())
"""


def lay_python(root: Path) -> dict[str, str]:
    """Lay Python and pip below a root; the environment that the image sets."""
    local, name = root / "usr/local", f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for folder in ("bin", "lib"):
        (local / folder).mkdir(parents=True)
    shutil.copy2(os.path.realpath(sys.executable), local / "bin" / name)
    for link in ("python", "python3"):
        (local / "bin" / link).symlink_to(name)
    library = local / "lib" / name
    shutil.copytree(
        sysconfig.get_path("stdlib"), library, ignore=_LEFT_OUT, ignore_dangling_symlinks=True
    )
    shared = Path(str(sysconfig.get_config_var("LIBDIR")), _config("INSTSONAME"))
    if _config("Py_ENABLE_SHARED") == "1" and shared.is_file():
        shutil.copy2(shared, local / "lib")
    _lay_pip(local / "bin", library / "site-packages")
    return {
        "PATH": f"{local / 'bin'}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        # In a real root the loader knows the folder.
        "LD_LIBRARY_PATH": str(local / "lib"),
    }


def _config(name: str) -> str:
    return str(sysconfig.get_config_var(name))


def _lay_pip(commands: Path, packages: Path) -> None:
    try:
        files = distribution("pip").files or []
    except PackageNotFoundError:
        missing("this environment has no pip to lay into the image")
    for file in files:
        if file.parts[0].startswith("pip") and "__pycache__" not in file.parts:
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(Path(str(file.locate())), target)
    command = commands / "pip"
    command.write_text(_PIP.format(python=commands / "python"))
    command.chmod(0o755)
