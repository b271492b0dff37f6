"""The image, walked once: what the tests of a container start from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.docker.base import lay_python
from tests.docker.walk import Image, seal, walk
from tests.programs import missing

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "docker" / "Dockerfile"


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    """The image of `docker/Dockerfile`; nobody but root can write to it."""
    if sys.platform != "linux":
        pytest.skip("containers are Linux")
    # Not pytest's own folder, into which no other user can look.
    with TemporaryDirectory(prefix="image-") as folder:
        Path(folder).chmod(0o755)
        try:
            image = walk(DOCKERFILE.read_text("utf-8"), ROOT, Path(folder), lay_python)
        except RuntimeError as error:
            if "NewConnectionError" not in str(error):
                raise
            missing("pip reaches no package index")
        seal(image.root, True)
        yield image
        seal(image.root, False)
