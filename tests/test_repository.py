"""What is written about the code agrees with the code."""

import ast
import os
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands

ROOT = Path(settings.BASE_DIR)
TOP_LEVEL = {
    # the application
    "consentkit",
    "templates",
    "locale",
    "tests",
    "manage.py",
    "requirements.txt",
    # what a repository needs
    ".ci",
    ".env.example",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "benchmarks",
    "docs",
    "pyproject.toml",
    "requirements-bench.txt",
}
# Each a trace of one machine, or of a text that nobody finished.
FORBIDDEN = [
    r"/work/",
    r"/root/",
    r"/home/\w",
    r"lorem ipsum",
    r"pypi\.org",
    r"pythonhosted\.org",
    r"npmjs\.(org|com)",
    r"deb\.debian\.org",
]


@pytest.fixture(scope="module")
def files():
    """Every file of the repository, whether committed already or not."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        result = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this folder is not a git repository")
    return [ROOT / name for name in result.stdout.split("\0") if name and (ROOT / name).exists()]


@pytest.fixture(scope="module")
def documents(files):
    """The text of every document, by its name."""
    names = [path.relative_to(ROOT).as_posix() for path in files if path.suffix == ".md"]
    return {name: read(name) for name in names}


def read(name):
    return (ROOT / name).read_text("utf-8")


def our_commands():
    return {name for name, app in get_commands().items() if app == "consentkit"}


# The tree ----------------------------------------------------------------------------------------


def test_the_top_of_the_tree_holds_nothing_else(files):
    assert {path.relative_to(ROOT).parts[0] for path in files} - TOP_LEVEL == set()


def test_no_file_tells_of_a_machine_or_is_unfinished(files):
    pattern = re.compile("|".join(FORBIDDEN), re.IGNORECASE)
    found = set()
    for path in files:
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a font or a picture
        found |= {(path.relative_to(ROOT).as_posix(), match[0]) for match in pattern.finditer(text)}

    assert {(name, word) for name, word in found if name != "tests/test_repository.py"} == set()


# Settings and requirements -----------------------------------------------------------------------


def test_every_variable_is_explained_and_every_explanation_is_of_a_variable():
    used = set()
    for path in (ROOT / "consentkit").rglob("*.py"):
        call = r"\benv\.(?:text|flag|number|one_of|listing|required|database)\(\s*\"(\w+)\""
        used |= set(re.findall(call, path.read_text("utf-8")))
    explained = re.findall(r"^(\w+)=", read(".env.example"), flags=re.MULTILINE)

    assert sorted(explained) == sorted(used)


def test_a_variable_is_explained_by_the_lines_above_it():
    lines = read(".env.example").splitlines()
    variables = [number for number, line in enumerate(lines) if re.match(r"\w+=", line)]

    assert [lines[number] for number in variables if not lines[number - 1].startswith("# ")] == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-bench.txt"])
def test_every_requirement_is_pinned_and_every_choice_has_a_reason(name):
    chosen, _, brought = read(name).partition("# Brought along")
    lines = [line for line in chosen.splitlines() if line and not line.startswith("#")]
    pin = r"[\w.-]+(\[\w+\])?==[\w.]+"

    assert [line for line in lines if not re.fullmatch(pin + r" +# \w.+", line)] == []
    assert [line for line in brought.split() if not re.fullmatch(pin, line)] == []


def test_every_library_that_is_imported_was_chosen():
    names = chosen_in("requirements.txt")
    libraries = imported_by("consentkit", "tests") - {"consentkit", "tests"}

    assert {library for library in libraries if not names & distributed_as(library)} == set()


def test_every_peer_that_a_benchmark_imports_was_chosen():
    names = chosen_in("requirements.txt") | chosen_in("requirements-bench.txt")
    own = {path.stem for path in (ROOT / "benchmarks").glob("*.py")}
    libraries = imported_by("benchmarks") - {"consentkit", "tests", "benchmarks", *own}

    # A peer is installed only where it is measured, so it may bear another name than its package.
    assert {
        library
        for library in libraries
        if not names & {f"{library}2", library, *distributed_as(library)}
    } == set()


def chosen_in(name):
    chosen, _, _ = read(name).partition("# Brought along")
    return {line.partition("==")[0].partition("[")[0].lower() for line in chosen.splitlines()}


def imported_by(*folders):
    """What is imported by anything in some folders, without what comes with Python."""
    imported = set()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    imported.add(str(node.module).partition(".")[0])
    return imported - sys.stdlib_module_names


def distributed_as(library):
    return {name.lower() for name in distributions().get(library, [])}


@cache
def distributions():
    return packages_distributions()


def test_every_benchmark_that_is_run_is_there_and_can_be_imported():
    names = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py"))
    program = (
        "import importlib, sys, django; django.setup()\n"
        "for name in sys.argv[1:]: importlib.import_module(f'benchmarks.{name}')\n"
        "from benchmarks.bench import RUNS; print(*sorted({run.name for run in RUNS}))"
    )
    run = [sys.executable, "-c", program, *names]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "consentkit.settings"}
    told = subprocess.run(run, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    frame = {"bench", "letters", "marks", "peers"}

    assert told.stdout.decode().split() == [name for name in names if name not in frame]


# The database ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize("model", [*apps.get_app_config("consentkit").get_models()])
def test_every_field_says_whether_erasure_empties_it(model):
    """When a person is forgotten, ``Privacy.erased`` goes and ``Privacy.kept`` stays."""
    fields = [*model._meta.fields, *model._meta.many_to_many]
    decided = [*model.Privacy.erased, *model.Privacy.kept]

    assert sorted(decided) == sorted(field.name for field in fields)


# The documents -----------------------------------------------------------------------------------


def test_the_changelog_begins_with_this_version():
    newest = re.search(r"^## (\S+)", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert newest
    assert newest[1] == settings.VERSION


def test_the_readme_names_the_two_commands():
    readme = read("README.md")
    assert "make run" in readme
    assert "make test" in readme


def test_the_handbook_names_every_command_and_no_other():
    handbook = read("docs/operations.md")
    named = set(re.findall(r"manage\.py ([a-z_]+)", handbook))

    assert our_commands() - named == set()
    assert named - set(get_commands()) == set()


def test_every_make_target_that_is_named_exists(documents):
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
    call = re.compile(r"(?:`|^    )(?:\w+=\S+ )?make ([a-z-]+)", flags=re.MULTILINE)
    named = {target for text in documents.values() for target in call.findall(text)}

    assert named - targets == set()


def test_every_link_between_documents_leads_somewhere(documents):
    links = {
        (name, target)
        for name, text in documents.items()
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
        if "://" not in target and not target.startswith("mailto:")
    }

    assert {
        link for link in links if not (ROOT / link[0]).parent.joinpath(link[1]).exists()
    } == set()


def test_every_file_that_the_documents_name_exists(documents):
    """A path in backquotes, such as ``consentkit/law/reckoning.py``, is a promise."""
    promise = re.compile(r"`((?:consentkit|docs|templates|tests|locale|benchmarks|\.ci)/[\w./-]*)`")
    promises = {(name, path) for name, text in documents.items() for path in promise.findall(text)}

    assert {promised for promised in promises if not (ROOT / promised[1]).exists()} == set()


@pytest.mark.parametrize("command", ["describe_laws", "describe_privacy", "describe_archive"])
def test_what_is_written_by_a_command_is_up_to_date(command: str) -> None:
    call_command(command, check=True)
