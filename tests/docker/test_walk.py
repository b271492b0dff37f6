"""The walker: what it reads, carries out and refuses. No network, a base of nothing."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from tests.docker.dockerfile import instructions
from tests.docker.ignoring import is_ignored
from tests.docker.walk import Image, walk


def walked(text: str, folder: Path) -> Image:
    """An image whose base has no file and the machine's own shell."""
    context, target = folder / "context", folder / "target"
    context.mkdir(exist_ok=True)
    target.mkdir()
    return walk(text, context, target, lambda root: {"PATH": "/usr/bin:/bin"})


def test_comments_and_blank_lines_may_stand_inside_a_continued_line() -> None:
    [step] = instructions("\nRUN a \\\n# why\n\n    && b\n")

    assert (step.line, step.name, step.rest) == (2, "RUN", "a     && b")


def test_flags_are_read_before_the_rest() -> None:
    [step] = instructions("HEALTHCHECK --interval=1s --timeout=2s CMD a --interval=3s\n")

    assert step.flags == {"interval": "1s", "timeout": "2s"}
    assert step.rest == "CMD a --interval=3s"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        pytest.param("ADD a b", "'ADD'", id="unknown"),
        pytest.param("run true", "'run'", id="lower-case"),
        pytest.param("RUN --mount=type=cache true", "mount", id="mount"),
        pytest.param("COPY --link=true a b", "link", id="link"),
        pytest.param("COPY --parents a b", "--parents", id="bare-flag"),
        pytest.param("RUN <<EOF", "heredoc", id="heredoc"),
        pytest.param("ARG LATER=1", "ARG", id="arg-in-a-stage"),
        pytest.param("COPY --from=nobody a b", "'nobody'", id="no-such-stage"),
        pytest.param("FROM debian", "'debian'", id="another-base"),
        pytest.param("RUN true \\", "goes on", id="unfinished"),
    ],
)
def test_what_is_not_known_is_refused_with_its_line(line: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 2: ") as caught:
        walked(f"FROM python:3\n{line}\n", tmp_path)

    assert word in str(caught.value)


def test_nothing_may_stand_before_the_base(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 1: RUN before FROM"):
        walked("RUN true\n", tmp_path)


def test_a_command_that_fails_ends_the_walk_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="line 2: exit 3\nno luck"):
        walked("FROM python:3\nRUN echo no luck && exit 3\n", tmp_path)


def test_absolute_paths_lie_below_the_root_of_the_image(tmp_path: Path) -> None:
    image = walked(
        "ARG BASE=python:3\n"
        "FROM ${BASE}\n"
        "ENV HERE=/srv/a:$PATH THERE='/b c'\n"
        "WORKDIR /srv\n"
        'RUN echo /x:/y "$(echo /z)" >/srv/said 2>/dev/null\n'
        'ENTRYPOINT ["/bin/x", "-v"]\n',
        tmp_path,
    )

    root = tmp_path / "target" / "root"
    assert image.env["HERE"] == f"{root}/srv/a:/usr/bin:/bin"
    assert image.env["THERE"] == f"{root}/b c"
    assert image.workdir == root / "srv"
    assert (root / "srv" / "said").read_text() == f"{root}/x:{root}/y {root}/z\n"
    assert image.entrypoint == [f"{root}/bin/x", "-v"]


def test_a_stage_hands_on_only_what_is_copied_and_at_the_same_place(tmp_path: Path) -> None:
    image = walked(
        "FROM python:3 AS build\n"
        "WORKDIR /made\n"
        "RUN pwd >place && ln -s place link && touch /left\n"
        "FROM python:3\n"
        "COPY --from=build /made /kept\n",
        tmp_path,
    )

    kept = image.root / "kept"
    assert (kept / "place").read_text() == f"{image.root}/made\n"
    assert (kept / "link").is_symlink()
    assert [path.name for path in image.root.iterdir()] == ["kept"]


def test_files_are_copied_into_a_folder_and_of_folders_the_content(tmp_path: Path) -> None:
    source = tmp_path / "context" / "src"
    (source / "__pycache__").mkdir(parents=True)
    (source / "a.py").touch()
    (source / "__pycache__" / "a.pyc").touch()
    (source.parent / ".dockerignore").write_text("**/__pycache__\n")
    image = walked("FROM python:3\nCOPY src/a.py one/\nCOPY src two\n", tmp_path)

    files = [path.relative_to(image.root) for path in image.root.rglob("*") if path.is_file()]
    assert sorted(map(str, files)) == ["one/a.py", "two/a.py"]


def test_what_is_ignored_cannot_be_copied(tmp_path: Path) -> None:
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "a").touch()
    (tmp_path / "context" / ".dockerignore").write_text("*\n")

    with pytest.raises(FileNotFoundError, match=r"line 2: \.dockerignore keeps a out"):
        walked("FROM python:3\nCOPY a b\n", tmp_path)


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("pyproject.toml", False),
        ("emulator/cli/serve.py", False),
        ("emulator/cli/__pycache__/serve.pyc", True),
        ("emulator.txt", True),
        (".git/config", True),
        ("scenarios/hello.yaml", True),
        ("docker/Dockerfile", True),
    ],
)
def test_only_what_makes_the_wheel_is_sent_to_the_builder(path: str, ignored: bool) -> None:
    patterns = (Path(__file__).parents[2] / ".dockerignore").read_text("utf-8")

    assert is_ignored(PurePosixPath(path), patterns) == ignored
