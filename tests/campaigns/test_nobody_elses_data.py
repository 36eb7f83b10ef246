"""Nobody's data in anybody else's letter, ever: a thousand people, each with words of their own.

Each has a name, two lines of an address, an account, an e-mail address and facts that hold a mark
which nobody else has. On all thousand of them, each time: the words of the letter, its page as
HTML, what an e-mail says, and what the file is called. Through the whole work of the workers, on
paper: the text of each PDF, the index of the ZIP, and the one PDF for the printer page by page.
Setting paper takes long, so that is done for ``ON_PAPER`` people; with CONSENTKIT_PAPER=1000 in
the environment it is done for all of them.
"""

from __future__ import annotations

import io
import os
import re
import zipfile

import pikepdf
import pypdfium2
import pytest
from django.utils import timezone

from consentkit.campaigns import volumes
from consentkit.campaigns.batches import begin, make
from consentkit.cases.models import Case
from consentkit.letters.actions import take_in
from consentkit.letters.compose import compose
from consentkit.letters.models import Letter
from consentkit.letters.render import html
from consentkit.letters.request import Account, Sender
from tests.campaigns.many import a_group, ids, work
from tests.world import NEEDED_FACTS, a_request

PEOPLE = 1000
ON_PAPER = int(os.environ.get("CONSENTKIT_PAPER", "40"))
MARK = re.compile(r"zq(\d{4})([a-z]{2})", re.IGNORECASE)
EVERYWHERE = {"na", "st", "ha"}  # name, street, account: they stand in every letter
KINDS = ("access", "erasure", "objection", "rectification")


def request_of(number: int, **told):
    """The letter of one of them. What they ask for, in which language, and how long it is, varies,
    so that a letter that is made from another one has something to take over.
    """
    mark = f"zq{number:04}"
    facts = {name: value for name, value in NEEDED_FACTS.items() if isinstance(value, str)}
    facts = {name: f"{value} {mark}fa" for name, value in facts.items()}
    facts.update(restriction_ground="accuracy", remedy=f"Tell me {mark}fa. " * (number % 7))
    return a_request(
        right=KINDS[number % len(KINDS)],
        language="de" if number % 3 == 0 else "en",
        sender=Sender(
            f"{mark}na Sample" if number % 5 else f"{mark}na Sample-Longname of the Long Road",
            (f"{mark}st Lane {number}", "10115 Berlin"),
            f"{mark}em@example.org" if number % 2 else "",
        ),
        account=Account(handle=f"@{mark}ha", email=f"{mark}ac@example.org" if number % 4 else ""),
        facts=facts,
        **told,
    )


def marks(text: str) -> tuple[set[int], set[str]]:
    """Whose marks a text has, and what is marked."""
    found = MARK.findall(text)
    return {int(number) for number, _what in found}, {what.lower() for _number, what in found}


def test_a_thousand_letters_say_nothing_of_anybody_else():
    for number in range(1, PEOPLE + 1):
        request = request_of(number)
        draft = compose(request)
        for text in (draft.text(), html(draft, request.paper)):
            whose, what = marks(text)
            assert whose == {number}
            assert what >= EVERYWHERE
        assert marks(draft.body())[0] == {number}
        case = Case(platform="example", reference=draft.reference)
        letter = Letter(kind=request.right)
        assert marks(volumes.name_of(number, case, letter))[0] == set()


@pytest.mark.django_db
def test_on_paper_each_has_their_own_words_and_the_files_name_nobody():
    group = a_group()
    today = timezone.localdate()
    people = range(1, ON_PAPER + 1)
    cases = [
        take_in(request_of(number, date=today), owner=group.clara, place="IE", team=group.team)
        for number in people
    ]
    batch = work(begin(group.team, "letters", ids(cases), by=group.clara, options={}))
    make(batch, by=group.clara)
    batch = work(batch)
    whole, packed = (
        b"".join(volumes.pieces(batch.files.get(kind=kind))) for kind in ("pdf", "zip")
    )

    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = archive.namelist()
        index = archive.read("index.csv").decode()
        assert len(names) == ON_PAPER + 1
        assert marks("\n".join(names) + index) == (set(), set())
        for number, name in zip(people, names, strict=False):
            pdf = archive.read(name)
            whose, what = marks(all_text(pdf))
            assert (whose, what >= EVERYWHERE) == ({number}, True)
            assert marks(about(pdf))[0] <= {number}

    pages = texts(whole)
    starts = [int(line.split(",")[-1]) - 1 for line in index.splitlines()[1:]]
    for number, start, end in zip(people, starts, [*starts[1:], len(pages)], strict=True):
        assert marks("".join(pages[start:end]))[0] == {number}
        assert all(marks(page)[0] <= {number} for page in pages[start:end])
    # What the file says of itself: its title and its bookmarks.
    assert marks(about(whole, elements=False))[0] == set()


def texts(pdf: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range().replace("\ufffe", "") for page in document]
    finally:
        document.close()


def all_text(pdf: bytes) -> str:
    return "\n".join(texts(pdf))


def about(pdf: bytes, *, elements: bool = True) -> str:
    """Every text of a PDF that is not drawn: its title, its bookmarks, what readers are told."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        tree = document.Root.StructTreeRoot
        things = [one for one in document.objects if isinstance(one, pikepdf.Dictionary)]
        if not elements:
            things = [one for one in things if one.get("/Type") != "/StructElem"]
        said = [
            str(value)
            for one in things
            for value in one.as_dict().values()
            if isinstance(value, pikepdf.String)
        ]
        metadata = document.Root.Metadata.read_bytes().decode()
        assert tree is not None
        return "\n".join([metadata, *said])
