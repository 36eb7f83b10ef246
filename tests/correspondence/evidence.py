"""A case with one of everything: a struck fact, a message, files that can be shown or cannot."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name
from PIL import Image

from consentkit.cases.actions import record, strike
from consentkit.cases.log import Detail
from consentkit.cases.models import Case
from consentkit.correspondence.attachments import add_file
from consentkit.correspondence.models import Message
from consentkit.letters.actions import freeze, take_in
from consentkit.teams.models import User
from tests.world import a_request

MADE_ON = date(2027, 1, 15)
MAIL = (
    "Received: from mx.example.ie ([192.0.2.7]) by mail.example.org;\r\n"
    " Sat, 28 Nov 2026 09:12:00 +0000\r\n"
    "From: Privacy Team <privacy@example.ie>\r\n"
    "To: ada@example.org\r\n"
    "Subject: Your request =?utf-8?q?=F0=9F=93=84?=\r\n"
    "Date: Sat, 28 Nov 2026 09:11:55 +0000\r\n"
    "Message-ID: <abc@example.ie>\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "\r\n"
    "Dear Ada,\r\n\r\nwe have <b>got</b> your request \ue123.\r\n"
).encode()


def a_pdf(pages: int = 2, text: str = "Answer of Example") -> bytes:
    """A file as a company might send it, with a script and a launch action in it."""
    file = pikepdf.new()
    helvetica = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    font = file.make_indirect(helvetica)
    for number in range(1, pages + 1):
        file.add_blank_page(page_size=(595, 842))
        page = file.pages[-1]
        page.Resources = Dictionary(Font=Dictionary(F=font))
        page.Contents = file.make_stream(f"BT /F 24 Tf 72 700 Td ({text} {number}) Tj ET".encode())
        launch = Dictionary(S=Name.Launch, F="run.exe")
        page.AA = Dictionary(O=launch)
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=launch)
        page.Annots = pikepdf.Array([file.make_indirect(link)])
    file.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
    return saved(file)


def saved(file: pikepdf.Pdf, **options: Any) -> bytes:
    written = BytesIO()
    file.save(written, static_id=True, **options)
    return written.getvalue()


def locked_pdf() -> bytes:
    with pikepdf.open(BytesIO(a_pdf())) as file:
        written = BytesIO()
        file.save(written, encryption=pikepdf.Encryption(owner="x", user="secret"))
        return written.getvalue()


def a_picture(kind: str, *, size: tuple[int, int] = (90, 60), **options: Any) -> bytes:
    image = Image.new("RGB", size, "orange")
    image.putpixel((3, 3), (0, 0, 255))
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def a_zip() -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(zipfile.ZipInfo("posts.json"), "[]")
    return written.getvalue()


FILES = {
    "broken.pdf": b"%PDF-1.7\nthis is no PDF",
    "locked.pdf": locked_pdf(),
    "photo of the screen.jpg": a_picture("JPEG"),
    "data.json": json.dumps({"name": "Ada Ünique", "faces": [1, 2]}).encode(),
    "export.zip": a_zip(),
}


def a_full_case(owner: User) -> Case:
    """Sent, arrived (noted twice, once wrongly), more time taken, answered in part."""
    case = take_in(a_request(), owner=owner, place="IE")
    freeze(case.letters.get(), at=datetime(2026, 11, 25, 8, tzinfo=UTC))
    sent = {Detail.LETTER: 1, Detail.CHANNEL: "email"}
    record(case, "sent", on=date(2026, 11, 25), by=owner, details=sent)
    wrong = {Detail.LETTER: 1, Detail.EVIDENCE: "acknowledgement"}
    record(case, "received", on=date(2026, 11, 27), by=owner, details=wrong)
    strike(case, 3, by=owner, reason="It was the day before.")
    right = {Detail.LETTER: 1, Detail.EVIDENCE: "signed"}
    arrived = record(case, "received", on=date(2026, 11, 26), by=owner, details=right)
    add_file(case, "receipt.png", BytesIO(a_picture("PNG")), event=arrived.number)
    message = Message.objects.create(
        case=case,
        outgoing=False,
        state=Message.State.RECEIVED,
        message_id="<abc@example.ie>",
        headers={"subject": "Your request 📄"},
        raw=MAIL,
        sha256=sha256(MAIL).hexdigest(),
        made_at=datetime(2026, 11, 28, 10, tzinfo=UTC),
        happened_at=datetime(2026, 11, 28, 9, 11, 55, tzinfo=UTC),
    )
    add_file(case, "answer.pdf", BytesIO(a_pdf()), message=message)
    more = {Detail.REASONS: False}
    record(case, "extension_notified", on=date(2026, 12, 20), by=owner, details=more)
    partial = {Detail.VERDICT: "partial", Detail.MISSING: ["copy"]}
    answered = record(
        case,
        "answered",
        on=date(2027, 1, 10),
        by=owner,
        details=partial,
        note="Only the profile came, my own words.",
    )
    for name, content in FILES.items():
        add_file(case, name, BytesIO(content), event=answered.number)
    return case
