"""The evidence bundle: everything agrees, the originals come out whole, and nothing breaks it."""

from __future__ import annotations

import json
import re
from datetime import date
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
import pytest
from django.utils.translation import override
from pikepdf import Array, Dictionary, Name

from consentkit.cases.actions import record
from consentkit.cases.log import KINDS, Detail
from consentkit.cases.models import Case
from consentkit.correspondence import shown
from consentkit.correspondence.attachments import add_file
from consentkit.correspondence.bundle import Bundle, bundle, writing
from consentkit.correspondence.chronicle import DATES, WORDS
from consentkit.correspondence.evidence import Fault, embedded, log_as_json, verify
from consentkit.correspondence.exhibits import NotTheOriginal, exhibits
from consentkit.correspondence.models import AttachmentPart, Message
from consentkit.law.statutes import LAWS
from consentkit.letters.actions import take_in
from consentkit.letters.render import MissingEngine
from consentkit.teams.models import User
from tests.correspondence.evidence import (
    FILES,
    MADE_ON,
    MAIL,
    a_full_case,
    a_pdf,
    a_picture,
    saved,
)
from tests.letters.matterhorn import reached_on, structure
from tests.world import a_request

ENGLISH = writing("en", "a4")


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada@example.org", "x")


@pytest.fixture
def case(ada: User) -> Case:
    return a_full_case(ada)


# One bundle serves every test that only reads it. What is random in a case is nowhere in it.
SHARED: list[Bundle] = []


@pytest.fixture
def made(db: None) -> Bundle:
    if not SHARED:
        owner = User.objects.create_user("once@example.org", "x")
        SHARED.append(make(a_full_case(owner)))
    return SHARED[0]


def make(case: Case, language: str = "en", paper: str = "a4", **told: Any) -> Bundle:
    return bundle(case, language=language, paper=paper, made_on=MADE_ON, **told)


def opened(made: Bundle) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(made.file.read()))


def pages_of(made: Bundle) -> list[str]:
    """The text of each page as a reader's program extracts it."""
    with pypdfium2.PdfDocument(made.file.read()) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def page_with(made: Bundle, text: str) -> str:
    (page,) = [page for page in pages_of(made) if page.startswith(text)]
    return page


# Everything agrees --------------------------------------------------------------------------------


def test_the_exhibits_are_in_the_order_of_their_days_and_the_dates_come_last(case: Case) -> None:
    with override("en"):
        found = exhibits(case, written=ENGLISH)

    assert [(one.name, one.title, one.file) for one in found] == [
        ("E1", "Letter 1: Ask what they hold about you", "E01-letter.pdf"),
        ("E2", "Filed as proof of arrival", "E02-file.png"),
        ("E3", "E-mail received", "E03-message.eml"),
        ("E4", "File that came with it", "E04-file.pdf"),
        ("E5", "Filed as answer of the company", "E05-file.pdf"),
        ("E6", "Filed as answer of the company", "E06-file.pdf"),
        ("E7", "Filed as answer of the company", "E07-file.jpg"),
        ("E8", "Filed as answer of the company", "E08-file.json"),
        ("E9", "Filed as answer of the company", "E09-file.zip"),
        ("E10", "Answer of the company due", "E10-date.json"),
        ("E11", "Last day to announce an extension", "E11-date.json"),
    ]


def test_index_stamps_bookmarks_links_and_manifest_say_the_same(made: Bundle) -> None:
    by_manifest = {
        one["exhibit"]: (one["first_page"], one["pages"])
        for one in json.loads(made.manifest)["exhibits"]
    }
    assert {one.exhibit.name: (one.first, one.pages) for one in made.placed} == by_manifest

    by_stamp: dict[str, list[int]] = {}
    for number, page in enumerate(pages_of(made), start=1):
        stamp = re.search(r"CK-\w{8} · (?:Exhibit (E\d+) · )?page (\d+) of (\d+)$", page)
        assert stamp, page
        assert (int(stamp[2]), int(stamp[3])) == (number, made.pages)
        if stamp[1]:
            by_stamp.setdefault(stamp[1], []).append(number)
    assert {name: (pages[0], len(pages)) for name, pages in by_stamp.items()} == by_manifest

    with opened(made) as document:
        numbers = {page.objgen: number for number, page in enumerate(document.pages, start=1)}
        with document.open_outline() as outline:
            (*front, of_exhibits) = outline.root
            by_bookmark = {
                item.title.split(" · ")[0]: numbers[item.destination[0].objgen]
                for item in of_exhibits.children
            }
        assert [item.title for item in front] == [
            "Cover", "Index", "Chronology", "Dates", "Originals"
        ]  # fmt: skip
        links = {
            str(link.Contents): numbers[link.Dest[0].objgen]
            for page in document.pages
            for link in page.obj.get("/Annots", [])
        }
    assert by_bookmark == {name: first for name, (first, _) in by_manifest.items()}
    for name, (first, _) in by_manifest.items():
        assert links[f"Exhibit {name}, page {first}"] == first
    assert {said for said, page in links.items() if not said.endswith(f"page {page}")} == set()

    index = page_with(made, "Index")
    for name, (first, pages) in by_manifest.items():
        shown_as = f"{first}–{first + pages - 1}" if pages > 1 else str(first)
        assert re.search(rf"{name} .*? \d+ \w+ \d{{4}} {shown_as} ", index), name


def test_the_originals_come_out_byte_for_byte(case: Case, made: Bundle) -> None:
    with opened(made) as document:
        files = embedded(document)
        relationships = {
            str(file.UF): (str(file.AFRelationship), str(file.Desc)) for file in document.Root.AF
        }

    assert files["E01-letter.pdf"] == case.letters.get().pdf
    assert files["E03-message.eml"] == MAIL
    assert files["E04-file.pdf"] == a_pdf()
    assert list(FILES.values()) == [
        files[f"E0{number}-file.{ending}"]
        for number, ending in enumerate(["pdf", "pdf", "jpg", "json", "zip"], start=5)
    ]
    assert files["manifest.json"] == made.manifest
    assert relationships["E09-file.zip"] == (
        "/Supplement",
        f"SHA-256 {sha256(FILES['export.zip']).hexdigest()}",
    )
    assert relationships["E04-file.pdf"][0] == "/Source"
    assert relationships["manifest.json"][0] == "/Data"
    assert not any("Ada" in name or "answer" in name for name in files)


def test_the_same_case_gives_the_same_bytes(case: Case) -> None:
    assert make(Case.objects.get(pk=case.pk)).file.read() == make(case).file.read()


def test_what_is_left_out_is_counted_and_the_rest_numbered_anew(case: Case) -> None:
    with override("en"):
        every = exhibits(case, written=ENGLISH)
    some = make(case, include={every[2].key, every[9].key})

    assert [one.exhibit.file for one in some.placed] == ["E01-message.eml", "E02-date.json"]
    assert "2 (9 more on record, left out by the sender)" in pages_of(some)[0]
    assert verify(some.file.read()) == []


# What the log says --------------------------------------------------------------------------------


def test_the_cover_tells_the_parties_and_what_was_asked(made: Bundle) -> None:
    cover = pages_of(made)[0]

    assert "Sender Ada Beispiel ada@example.org Musterweg 5 10115 Berlin" in cover
    assert "Letters addressed to Example Ireland Limited" in cover
    assert "Access (Art. 15 GDPR)" in cover
    assert "Made on 15 January 2027" in cover
    assert json.loads(made.manifest)["log"]["head"] in cover


def test_the_title_and_the_names_of_files_name_nobody(made: Bundle) -> None:
    with opened(made) as document:
        assert re.fullmatch(r"Evidence bundle CK-\w{8}", str(document.docinfo["/Title"]))
        assert list(document.docinfo) == ["/CreationDate", "/ModDate", "/Producer", "/Title"]


def test_struck_entries_stand_there_with_the_reason(made: Bundle) -> None:
    chronology = page_with(made, "Chronology")

    assert "3 27 November 2026 Letter 1 arrived The company confirmed it Struck on" in chronology
    assert "by entry 4: It was the day before." in chronology
    assert "5 26 November 2026 Letter 1 arrived A signed receipt" in chronology
    assert "“Only the profile came, my own words.”" in chronology


def test_struck_entries_are_drawn_through(made: Bundle) -> None:
    number = next(n for n, page in enumerate(pages_of(made)) if page.startswith("Chronology"))
    with pypdfium2.PdfDocument(made.file.read()) as document:
        page = document[number]
        picture = page.render(scale=4, grayscale=True).to_pil()

        def is_drawn_through(text: str) -> bool:
            textpage = page.get_textpage()
            start, count = textpage.search(text).get_next()
            boxes = [textpage.get_charbox(n) for n in range(start, start + count)]
            left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
            bottom, top = min(box[1] for box in boxes), max(box[3] for box in boxes)
            across = range(int(left * 4) + 2, int(right * 4) - 2)
            down = range(int((page.get_height() - top) * 4), int((page.get_height() - bottom) * 4))
            return any(all(picture.getpixel((x, y)) < 200 for x in across) for y in down)

        assert is_drawn_through("27 November 2026")
        assert is_drawn_through("The company confirmed it")
        assert not is_drawn_through("26 November 2026")


def test_without_notes_only_the_reasons_for_striking_are_told(case: Case) -> None:
    without = make(case, notes=False)
    text = " ".join(pages_of(without))

    assert "my own words" not in text
    assert "It was the day before." in text
    assert "The sender's own notes in the log are left out." in text
    with opened(without) as document:
        assert b"my own words" not in b"".join(embedded(document).values())
    assert verify(without.file.read()) == []


def test_a_date_shows_its_rule_how_it_stands_and_what_is_disputed(made: Bundle) -> None:
    dates = page_with(made, "Dates")

    assert "Answer of the company due Open or disputed: no court has decided" in dates
    assert "28 December 2026 called late from 27 February 2027 Art. 12(3) GDPR set by law" in dates
    assert "passed, but a later date can be argued" in dates
    assert "settled on 20 December 2026 by entry 6 of the log" in dates


def test_each_date_that_the_law_sets_has_its_certificate(case: Case, made: Bundle) -> None:
    certificates = [page for page in pages_of(made) if "How this date was counted" in page]
    counted = [due for due in case.posture().dues if due.deadline and due.day]

    assert len(certificates) == len(counted) == 2
    assert "Due on Monday, December 28, 2026" in certificates[0]
    assert (
        "Letter 1 arrived on 26 November 2026. A signed receipt, or proof of delivery by the post."
        in certificates[0]
    )


def test_it_speaks_german_on_us_paper(case: Case) -> None:
    with override("de"):
        german = make(case, "de", "letter")

    with opened(german) as document:
        assert str(document.Root.Lang) == "de"
        assert [round(float(side)) for side in document.pages[0].mediabox[2:]] == [612, 792]
    assert "28. Dezember 2026" in " ".join(pages_of(german))
    assert verify(german.file.read()) == []


def test_every_kind_of_fact_and_every_date_has_words_that_name_no_you() -> None:
    duties = {duty.key for law in LAWS.values() for duty in law.duties}

    assert set(WORDS) == set(KINDS)
    assert duties - set(DATES) == set()
    with override("en"):
        said = " ".join(map(str, [*WORDS.values(), *DATES.values()]))
    assert re.findall(r"\b(?:you|your|they must)\b", said, re.IGNORECASE) == []


# Pages --------------------------------------------------------------------------------------------


def test_our_own_pages_and_letters_keep_their_tags_in_the_order_of_reading(made: Bundle) -> None:
    with opened(made) as document:
        root = document.Root.StructTreeRoot
        assert [str(one.S) for one in root.K] == ["/Document"]
        assert document.Root.MarkInfo.Marked
        order = {page.objgen: number for number, page in enumerate(document.pages)}
        read = [order[one.Pg.objgen] for one in structure(root) if "/Pg" in one]
        assert read == sorted(read)
        for page in document.pages:
            assert marks_with_ids(page) == reached_on(page, root)
        headings = {order[one.Pg.objgen] + 1 for one in structure(root) if Name.H1 == one.S}
        letter = next(one for one in made.placed if one.exhibit.file == "E01-letter.pdf")
        assert {1, 2, 3, 4, 5, letter.first} <= headings
        parents = root.ParentTree.Nums
        keys = [int(parents[n]) for n in range(0, len(parents), 2)]
        assert keys == sorted(set(keys))
        by_key = {int(parents[n]): parents[n + 1] for n in range(0, len(parents), 2)}
        for page in document.pages:
            for element in by_key[int(page.obj.StructParents)]:
                if element is not None:
                    assert element.Pg.objgen == page.objgen


def marks_with_ids(page: pikepdf.Page) -> set[int]:
    found = set()
    for one in pikepdf.parse_content_stream(page):
        if str(one.operator) == "BDC" and "/MCID" in one.operands[1]:
            found.add(int(one.operands[1].MCID))
    return found


def test_a_stamp_is_an_artifact(made: Bundle) -> None:
    with opened(made) as document:
        for page in document.pages:
            kinds = [
                str(one.operands[0])
                for one in pikepdf.parse_content_stream(page)
                if str(one.operator) == "BDC"
            ]
            assert kinds[-1] == "/Artifact"


def test_it_claims_no_accessibility_that_foreign_pages_do_not_have(case: Case) -> None:
    def claims(made: Bundle) -> bool:
        with opened(made) as document, document.open_metadata() as metadata:
            return "pdfuaid:part" in metadata

    with override("en"):
        found = exhibits(case, written=ENGLISH)
    foreign = next(one.key for one in found if one.file == "E04-file.pdf")

    assert not claims(make(case))
    assert claims(make(case, include={one.key for one in found} - {foreign}))


def test_a_picture_has_its_page_and_words_for_who_cannot_see_it(made: Bundle) -> None:
    picture = next(one for one in made.placed if one.exhibit.file == "E07-file.jpg")
    with opened(made) as document:
        page = document.pages[picture.first - 1]
        image = page.Resources.XObject.X
        figures = [
            str(one.Alt)
            for one in structure(document.Root.StructTreeRoot)
            if Name.Figure == one.S and one.Pg.objgen == page.objgen
        ]
        assert image.read_raw_bytes() == FILES["photo of the screen.jpg"]

    assert figures == ["Exhibit E7, a picture: photo of the screen.jpg"]


def test_a_plain_png_is_shown_as_it_is_without_loss(made: Bundle) -> None:
    from PIL import Image

    picture = next(one for one in made.placed if one.exhibit.file == "E02-file.png")
    with opened(made) as document:
        image = pikepdf.PdfImage(document.pages[picture.first - 1].Resources.XObject.X)
        drawn = image.as_pil_image().convert("RGB")

    assert drawn.tobytes() == Image.open(BytesIO(a_picture("PNG"))).tobytes()


PLACES = {
    1: "top left", 2: "top right", 3: "bottom right", 4: "bottom left",
    5: "top left", 6: "top right", 7: "bottom right", 8: "bottom left",
}  # fmt: skip


@pytest.mark.parametrize(("turn", "place"), PLACES.items())
def test_a_picture_stands_upright(ada: User, turn: int, place: str) -> None:
    from PIL import Image

    image = Image.new("RGB", (120, 80), "white")
    image.paste((255, 0, 0), (0, 0, 40, 30))  # in the top left corner of what is stored
    exif = image.getexif()
    exif[0x0112] = turn
    written = BytesIO()
    image.save(written, "JPEG", exif=exif)
    case = take_in(a_request(), owner=ada, place="IE")
    add_file(case, "photo.jpg", BytesIO(written.getvalue()))

    made = make(case)

    with pypdfium2.PdfDocument(made.file.read()) as document:
        drawn = document[made.placed[0].first - 1].render(scale=1).to_pil()
    red = [
        (x, y)
        for x in range(drawn.width)
        for y in range(drawn.height)
        if drawn.getpixel((x, y))[1] < 100 and drawn.getpixel((x, y))[0] > 150
    ]
    white_border = 34  # the margin of the page
    top = min(y for _, y in red) - white_border < 8
    middle = sum(x for x, _ in red) / len(red)
    assert (
        ("top" if top else "bottom") + (" left" if middle < drawn.width / 2 else " right")
    ) == place


def test_foreign_pages_act_on_nothing(made: Bundle) -> None:
    acting = {"/JS", "/JavaScript", "/AA", "/OpenAction", "/AcroForm"}
    actions = {"/Launch", "/JavaScript", "/URI", "/SubmitForm", "/GoToR", "/GoToE"}
    with opened(made) as document:
        things = [one for one in document.objects if isinstance(one, Dictionary | pikepdf.Stream)]
        keys = {key for one in things for key in one.keys()}  # noqa: SIM118 (not a dict)
        kinds = {str(one.S) for one in things if "/S" in one}

    assert keys & acting == set()
    assert kinds & actions == set()


def test_what_stands_in_a_form_field_or_a_stamp_is_shown(ada: User) -> None:
    file = pikepdf.open(BytesIO(a_pdf(1)))
    appearance = file.make_stream(
        b"BT /F 12 Tf 2 2 Td (Filled in) Tj ET",
        Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 200, 20],
        Resources=Dictionary(Font=file.pages[0].Resources.Font),
    )  # fmt: skip
    stamp = Dictionary(
        Type=Name.Annot, Subtype=Name.Stamp, Rect=[72, 500, 272, 520], F=4,
        AP=Dictionary(N=appearance),
    )  # fmt: skip
    file.pages[0].Annots = Array([file.make_indirect(stamp)])
    case = take_in(a_request(), owner=ada, place="IE")
    add_file(case, "form.pdf", BytesIO(saved(file)))

    assert "Answer of Example 1 Filled in" in pages_of(make(case))[-1]


@pytest.mark.parametrize("degrees", [0, 90, 270])
def test_a_turned_page_is_read_as_it_was_meant(ada: User, degrees: int) -> None:
    file = pikepdf.open(BytesIO(a_pdf(1)))
    file.pages[0].Rotate = degrees
    case = take_in(a_request(), owner=ada, place="IE")
    add_file(case, "turned.pdf", BytesIO(saved(file)))

    with opened(make(case)) as document:
        left, bottom, right, top = (float(side) for side in document.pages[-1].mediabox)

    assert (right - left > top - bottom) == (degrees != 0)


# Nothing breaks it --------------------------------------------------------------------------------


def test_what_cannot_be_shown_becomes_a_sheet_that_says_why(made: Bundle) -> None:
    pages = pages_of(made)
    first = {one.exhibit.file: pages[one.first - 1] for one in made.placed}

    assert "The file is damaged and cannot be opened." in first["E05-file.pdf"]
    assert "The file opens only with a password." in first["E06-file.pdf"]
    assert "An archive holds other files; it is not unpacked here." in first["E09-file.zip"]
    assert "The original is embedded in this file as E09-file.zip." in first["E09-file.zip"]


def test_a_message_is_told_with_its_headers_and_its_markup_is_only_text(made: Bundle) -> None:
    message = next(one for one in made.placed if one.exhibit.file == "E03-message.eml")
    page = pages_of(made)[message.first - 1]

    assert "From Privacy Team <privacy@example.ie> To ada@example.org" in page
    assert "we have <b>got</b> your request [U+E123]." in page
    assert "Received: from mx.example.ie" in page


def test_json_is_set_in_lines(made: Bundle) -> None:
    listing = next(one for one in made.placed if one.exhibit.file == "E08-file.json")

    assert '{ "name": "Ada Ünique", "faces": [ 1, 2 ] }' in pages_of(made)[listing.first - 1]


BROKEN = {
    "cut off": a_pdf(3)[:-900],
    "only a header": b"%PDF-1.4\n",
    "cut in the middle": a_pdf(3)[:700],
    "no pages": saved(pikepdf.new()),
    "picture without its end": a_picture("JPEG", size=(400, 400))[:900],
    "picture of noise": b"\x89PNG\r\n\x1a\n" + b"\0" * 300,
    "picture with wrong chunks": a_picture("PNG")[:60] + b"\xff" * 40,
}


def bad_stream() -> bytes:
    """A file that opens, and whose page breaks when it is read."""
    file = pikepdf.open(BytesIO(a_pdf(1)))
    page = file.pages[0]
    page.Contents = file.make_stream(b"this is not packed", Filter=Name.FlateDecode)
    return saved(file, compress_streams=False)


def no_area() -> bytes:
    file = pikepdf.open(BytesIO(a_pdf(1)))
    file.pages[0].MediaBox = Array([0, 0, 0, 0])
    return saved(file)


@pytest.mark.parametrize("content", [*BROKEN.values(), bad_stream(), no_area()],
                         ids=[*BROKEN, "bad stream", "no area"])  # fmt: skip
def test_no_file_breaks_the_bundle(ada: User, content: bytes) -> None:
    case = take_in(a_request(), owner=ada, place="IE")
    add_file(case, "file", BytesIO(content))

    made = make(case)

    with opened(made) as document:
        assert embedded(document)[made.placed[0].exhibit.file] == content
        assert len(document.pages) == made.pages
        assert document.check_pdf_syntax() == []
    assert verify(made.file.read()) == []


def test_a_picture_that_is_too_large_becomes_a_sheet(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "MOST_PIXELS", 1000)
    case = take_in(a_request(), owner=ada, place="IE")
    add_file(case, "map.png", BytesIO(a_picture("PNG")))

    assert "The picture is too large to be shown here." in pages_of(make(case))[-1]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_other_pictures_are_shown_too(ada: User, kind: str) -> None:
    from PIL import Image

    image = Image.new("RGBA", (50, 40), (0, 0, 255, 128))
    written = BytesIO()
    image.save(written, kind)
    case = take_in(a_request(), owner=ada, place="IE")
    add_file(case, "picture", BytesIO(written.getvalue()))

    with opened(make(case)) as document:
        assert document.pages[-1].Resources.XObject.X.Width == 50


def test_a_long_text_is_cut_and_says_so(ada: User) -> None:
    case = take_in(a_request(), owner=ada, place="IE")
    add_file(case, "log.txt", BytesIO(b"one line\n" * 2000))

    assert "The rest is in the embedded original." in pages_of(make(case))[-1]


def test_a_message_that_never_left_is_no_evidence(case: Case) -> None:
    before = exhibits(case, written=ENGLISH)
    for number, state in enumerate([Message.State.QUEUED, Message.State.PROPOSED]):
        Message.objects.create(
            case=case, outgoing=number == 0, state=state, message_id=f"<{number}@example.org>",
            raw=MAIL, sha256=sha256(MAIL).hexdigest(), made_at=case.created_at,
        )  # fmt: skip

    assert exhibits(case, written=ENGLISH) == before


def test_a_case_without_anything_makes_a_bundle_of_its_log(ada: User) -> None:
    case = take_in(a_request(), owner=ada, place="IE")
    made = make(case)

    assert made.placed == ()
    assert "No date runs by the log." in " ".join(pages_of(made))
    assert verify(made.file.read()) == []


def test_a_missing_engine_is_an_error_and_no_empty_file(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consentkit.letters import render

    def missing() -> None:
        raise MissingEngine

    monkeypatch.setattr(render, "_import_engine", missing)
    render._loaded.cache_clear()
    with pytest.raises(MissingEngine):
        make(case)
    render._loaded.cache_clear()


def test_a_file_that_is_not_what_was_noted_stops_the_bundle(case: Case) -> None:
    part = AttachmentPart.objects.first()
    assert part is not None
    part.data = b"something else"
    part.save()

    with pytest.raises(NotTheOriginal):
        make(case)


# Checking it --------------------------------------------------------------------------------------


def test_a_bundle_agrees_with_itself_and_with_the_manifest_that_was_kept(made: Bundle) -> None:
    assert verify(made.file.read()) == []
    assert verify(made.file.read(), made.manifest) == []


def changed(made: Bundle, change: Any) -> bytes:
    with opened(made) as document:
        names = document.Root.Names.EmbeddedFiles.Names
        change(document, {str(names[n]): names[n + 1] for n in range(0, len(names), 2)}, names)
        return saved(document)


def test_a_changed_original_is_found(made: Bundle) -> None:
    forged = changed(made, lambda _, files, names: files["E03-message.eml"].EF.F.write(b"forged"))

    assert verify(forged) == [Fault(file="E03-message.eml", problem="changed")]


def test_an_original_that_is_gone_or_too_many_is_found(made: Bundle) -> None:
    def rename(document: pikepdf.Pdf, files: dict[str, Any], names: Any) -> None:
        names[0] = pikepdf.String("E99-other.pdf")

    assert verify(changed(made, rename)) == [
        Fault(file="E01-letter.pdf", problem="missing"),
        Fault(file="E99-other.pdf", problem="unlisted"),
    ]


def test_a_log_that_was_rewritten_is_found_though_the_manifest_was_too(made: Bundle) -> None:
    def rewrite(document: pikepdf.Pdf, files: dict[str, Any], names: Any) -> None:
        log = json.loads(files["log.json"].EF.F.read_bytes())
        log["entries"][1]["on"] = "2026-11-20"
        written = json.dumps(log).encode()
        files["log.json"].EF.F.write(written)
        manifest = json.loads(files["manifest.json"].EF.F.read_bytes())
        manifest["log"]["sha256"] = sha256(written).hexdigest()
        files["manifest.json"].EF.F.write(json.dumps(manifest).encode())

    forged = changed(made, rewrite)

    assert verify(forged) == [Fault(file="log.json", problem="changed")]
    assert Fault(file="manifest.json", problem="changed") in verify(forged, made.manifest)


@pytest.mark.parametrize("what", [b"no PDF", a_pdf()])
def test_what_is_no_bundle_is_unreadable(what: bytes) -> None:
    assert verify(what) == [Fault(file="manifest.json", problem="unreadable")]


def test_a_longer_log_goes_on_from_the_head_of_the_shorter_one(case: Case, ada: User) -> None:
    before = json.loads(log_as_json(case, notes=True))["head"]
    record(case, "noted", on=date(2027, 1, 12), by=ada, note="Called them.")
    log = json.loads(log_as_json(case, notes=True))

    assert log["head"] == case.records.get(number=8).digest
    assert [line["link"] for line in log["entries"]][-2] == before
    assert log["entries"][1]["details"] == {Detail.LETTER: 1, Detail.CHANNEL: "email"}
