"""Many cases at once: looked at first, then done, once, each on its own."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta

import pikepdf
import pytest
import time_machine
from django.utils import timezone

from consentkit.campaigns import batches, volumes
from consentkit.campaigns.batches import PROBLEMS, begin, cancel, follow, make
from consentkit.campaigns.models import Batch, BatchFile, BatchItem
from consentkit.cases.actions import close, record
from consentkit.cases.log import Detail
from consentkit.cases.models import Case
from consentkit.correspondence import erasure
from consentkit.correspondence.actions import IN_A_DAY
from consentkit.correspondence.authority import revoke
from consentkit.correspondence.models import Message
from consentkit.letters import review
from consentkit.letters.approval import CLEARED
from consentkit.letters.models import Letter
from consentkit.teams.access import Forbidden
from consentkit.teams.actions import NotPossible, wall_off
from consentkit.teams.audit import verify
from consentkit.teams.models import AuditEntry, Membership
from tests.campaigns.many import a_group, ids, work
from tests.correspondence.conftest import REACHABLE
from tests.test_queue import drain
from tests.world import a_case, a_person

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def group():
    return a_group()


@pytest.fixture
def mail(settings):
    """A site that can send e-mail."""
    settings.EMAIL_HOST = "127.0.0.1"


def told(batch):
    """What became of each case of a batch, in its order."""
    found = batch.items.order_by("position").values_list("state", "problem")
    return [f"{state} {problem}".strip() for state, problem in found]


def letters_of(group, cases, **options):
    """A batch of letters that has been made."""
    batch = work(begin(group.team, "letters", ids(cases), by=group.coco, options=options))
    assert make(batch, by=group.coco)
    return work(batch)


def content(batch, kind):
    return b"".join(volumes.pieces(batch.files.get(kind=kind)))


# Letters ------------------------------------------------------------------------------------------


def test_what_can_be_made_is_made_and_the_rest_says_why_not(group):
    names = ("Anna", "Berta", "Cora", "Dora", "Emma", "Fina", "Gina")
    anna, berta, cora, dora, emma, fina, gina = (
        group.case(name, mandate=name != "Cora") for name in names
    )
    close(dora, on=timezone.localdate(), by=group.clara, ending="given_up")
    post = {Detail.LETTER: 1, Detail.CHANNEL: "post"}
    record(emma, "sent", on=timezone.localdate(), by=group.clara, details=post)
    private = {**Letter.objects.get(case=fina).request}
    private["sender"] = {**private["sender"], "name": "Fina \ue123"}
    Letter.objects.filter(case=fina).update(request=private)
    student = a_person("sam@example.org")
    Membership.objects.create(team=group.team, user=student, role="student", made_at=timezone.now())
    review.submit(Letter.objects.get(case=gina), by=group.clara)

    order = [gina, fina, emma, dora, cora, berta, anna]
    batch = begin(group.team, "letters", ids(order), by=group.clara)
    assert not Letter.objects.exclude(frozen_at=None).exists()
    drain()

    batch.refresh_from_db()
    assert batch.state == "ready"
    assert told(batch) == [
        "cannot waiting",
        "ready",
        "cannot no_letter",
        "cannot closed",
        "cannot mandate_none",
        "ready",
        "ready",
    ]
    assert not Letter.objects.exclude(frozen_at=None).exists()

    assert make(batch, by=group.clara)
    assert not make(batch, by=group.clara)
    drain()

    batch.refresh_from_db()
    assert batch.state == "done"
    assert told(batch)[1] == "failed font"
    frozen = Letter.objects.exclude(frozen_at=None).order_by("-case_id")
    assert [letter.case for letter in frozen] == [berta, anna]
    assert batches.progress(batch).done == 2
    assert {item.problem for item in batch.items.all()} - {""} <= set(PROBLEMS)
    assert verify(group.team) is None


def test_the_pdf_keeps_the_order_the_tags_and_begins_each_letter_on_a_new_sheet(group):
    long = {"scope": "\n\n".join(["Everything about the pictures of my face."] * 40)}
    cases = [
        group.case("Anna"),
        group.case("Berta", facts=long),
        group.case("Cora", language="de"),
    ]
    batch = letters_of(group, reversed(cases), double_sided=True)

    with pikepdf.open(io.BytesIO(content(batch, "pdf"))) as book:
        with book.open_outline() as outline:
            titles = [item.title for item in outline.root]
            starts = [
                [page.objgen for page in book.pages].index(item.destination[0].objgen)
                for item in outline.root
            ]
        articles = book.Root.StructTreeRoot.K.K
        assert titles == [
            f"{position} · {case.reference}" for position, case in enumerate(cases[::-1], start=1)
        ]
        assert [str(one.Lang) for one in articles] == ["de", "en-GB", "en-GB"]
        assert [start % 2 for start in starts] == [0, 0, 0]
        empty = [n for n, page in enumerate(book.pages) if "/Contents" not in page]
        assert len(book.pages) == batch.files.get(kind="pdf").pages
        own = [
            len(pikepdf.open(io.BytesIO(letter.pdf)).pages)
            for letter in Letter.objects.order_by("-case_id")
        ]
        assert len(empty) == sum(pages % 2 for pages in own)
        assert len(book.pages) == sum(own) + len(empty)
        assert book.Root.MarkInfo.Marked
        assert marks_that_lead_nowhere(book) == []
        with book.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"


def marks_that_lead_nowhere(book):
    """Marks on pages whose element does not lead up to the document, or not back to the mark."""
    parents = {}
    for kid in book.Root.StructTreeRoot.ParentTree.Kids:
        numbers = list(kid.Nums)
        assert [int(one) for one in kid.Limits] == [numbers[0], numbers[-2]]
        parents.update(zip(map(int, numbers[::2]), numbers[1::2], strict=True))
    wrong, right = [], 0
    for page in book.pages:
        if "/StructParents" not in page:
            continue
        for mark, element in enumerate(parents[int(page.StructParents)]):
            if element is None:
                continue
            kids = element.K if isinstance(element.K, pikepdf.Array) else [element.K]
            own = any(
                kid == mark if isinstance(kid, int) else kid.get("/MCID") == mark for kid in kids
            )
            top = element
            while top.S != "/Document":
                top = top.P
            if own and element.Pg.objgen == page.objgen and top.objgen == document(book).objgen:
                right += 1
            else:
                wrong.append((page.objgen, mark))
    assert right > 100
    return wrong


def document(book):
    return book.Root.StructTreeRoot.K


def test_the_zip_tells_of_nobody_and_its_index_finds_each_letter(group):
    cases = [group.case(name) for name in ("Anna", "Berta")]
    Case.objects.filter(pk=cases[0].pk).update(matter_number="=1+1")
    batch = letters_of(group, cases)

    with zipfile.ZipFile(io.BytesIO(content(batch, "zip"))) as archive:
        names = archive.namelist()
        rows = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode())))
        assert names == [
            f"0001-{cases[0].reference}-example-access.pdf",
            f"0002-{cases[1].reference}-example-access.pdf",
            "index.csv",
        ]
        assert [row["File"] for row in rows] == names[:2]
        assert rows[0]["Matter number"] == "'=1+1"
        for case, name in zip(cases, names, strict=False):
            assert archive.read(name) == bytes(case.letters.get().pdf)
        first = [int(row["First page in the PDF"]) for row in rows]
        assert first == [1, 1 + int(rows[0]["Pages"])]


def test_a_worker_that_dies_is_replaced_and_nothing_is_made_twice(group, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 2)
    cases = [group.case(name) for name in ("Anna", "Berta", "Cora")]
    batch = work(begin(group.team, "letters", ids(cases), by=group.coco))
    make(batch, by=group.coco)
    batches.work_on(batch.pk, 3)  # the first chunk gets lost
    frozen = dict(Letter.objects.exclude(frozen_at=None).values_list("pk", "frozen_at"))
    anna, berta = batch.items.order_by("position")[:2]
    claimed = timezone.now()
    BatchItem.objects.filter(pk=anna.pk).update(claimed_at=claimed, attempts=1)
    BatchItem.objects.filter(pk=berta.pk).update(claimed_at=claimed, attempts=batches.TRIES)
    batches.work_on(batch.pk, 1)  # somebody else has them
    assert told(batch) == ["ready", "ready", "done"]

    batches.requeue_unfinished(timezone.now() + timedelta(minutes=11))
    drain()

    batch.refresh_from_db()
    assert (batch.state, told(batch)) == ("done", ["done", "failed stuck", "done"])
    before = {file.kind: content(batch, file.kind) for file in batch.files.all()}
    for first in (1, 3):
        batches.work_on(batch.pk, first)
    volumes.bind(batch.pk)
    assert {file.kind: content(batch, file.kind) for file in batch.files.all()} == before
    assert frozen.items() <= dict(Letter.objects.values_list("pk", "frozen_at")).items()

    # What was put together when the worker died is put together again.
    Batch.objects.filter(pk=batch.pk).update(state="binding", claimed_at=claimed)
    volumes.bind(batch.pk)
    assert Batch.objects.get(pk=batch.pk).state == "binding"
    batches.requeue_unfinished(timezone.now() + timedelta(minutes=11))
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=True):
        drain()
    assert Batch.objects.get(pk=batch.pk).state == "done"
    assert BatchFile.objects.filter(batch=batch).count() == 2


def test_cancelling_stops_what_has_not_begun(group, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 1)
    cases = [group.case(name) for name in ("Anna", "Berta")]
    batch = work(begin(group.team, "letters", ids(cases), by=group.coco))
    make(batch, by=group.coco)
    batches.work_on(batch.pk, 1)

    assert cancel(batch, by=group.coco)
    assert not cancel(batch, by=group.coco)
    drain()

    batch.refresh_from_db()
    assert (batch.state, told(batch)) == ("cancelled", ["done", "stopped"])
    assert Letter.objects.exclude(frozen_at=None).count() == 1


def test_what_could_not_be_done_can_be_tried_again(group):
    case = group.case("Anna", mandate=False)
    batch = work(begin(group.team, "letters", [case.pk], by=group.coco))
    assert told(batch) == ["cannot mandate_none"]
    Case.objects.filter(pk=case.pk).update(client=None)

    assert batches.again(batch, by=group.coco)
    assert told(work(batch)) == ["ready"]


def test_a_batch_needs_a_role_a_case_and_a_limit(group, monkeypatch):
    case = group.case("Anna")
    worker = a_person("walt@example.org")
    Membership.objects.create(
        team=group.team, user=worker, role="caseworker", made_at=timezone.now()
    )
    with pytest.raises(Forbidden):
        begin(group.team, "letters", [case.pk], by=worker)
    with pytest.raises(NotPossible):
        begin(group.team, "letters", [], by=group.coco)
    monkeypatch.setattr(batches, "MOST", 0)
    with pytest.raises(NotPossible):
        begin(group.team, "letters", [case.pk], by=group.coco)
    assert not Batch.objects.exists()


def test_a_wall_that_is_put_up_meanwhile_stops_the_letter_and_keeps_the_file_away(group):
    anna, berta = group.case("Anna"), group.case("Berta")
    batch = work(begin(group.team, "letters", ids([anna, berta]), by=group.clara))
    wall_off(group.team, group.coco, anna.client_id, by=group.clara, reason="A friend.")
    make(batch, by=group.coco)
    batch = work(batch)

    assert told(batch) == ["failed not_yours", "done"]
    assert volumes.file_for(batch, "pdf", group.coco) == batch.files.get(kind="pdf")
    wall_off(group.team, group.coco, berta.client_id, by=group.clara, reason="Another friend.")
    assert volumes.file_for(batch, "pdf", group.coco) is None
    file = volumes.file_for(batch, "zip", group.clara)
    assert file is not None

    volumes.taken_away(file, by=group.clara)
    entry = AuditEntry.objects.get(action="batch.downloaded")
    assert entry.details == {"file": "zip", "cases": [berta.pk]}


def test_files_go_when_their_time_is_over_and_with_any_case_of_theirs(group):
    cases = [group.case(name) for name in ("Anna", "Berta")]
    batch = letters_of(group, cases)
    today = timezone.localdate()
    volumes.forget_old(today + volumes.KEPT)
    assert batch.files.count() == 2
    volumes.forget_old(today + volumes.KEPT + 2 * DAY)
    assert batch.files.count() == 0

    again = letters_of(group, cases)
    erasure.delete_case(cases[0], by=group.clara)
    assert volumes.file_for(again, "pdf", group.clara) is None
    assert again.files.count() == 0
    assert again.items.count() == 1

    third = letters_of(group, cases[1:])
    assert volumes.discard(third, by=group.clara)
    assert not volumes.discard(third, by=group.clara)


def test_what_its_client_took_back_reaches_no_printer(group):
    anna, berta = group.case("Anna"), group.case("Berta")
    batch = begin(group.team, "letters", ids([anna, berta]), by=group.coco)
    batches.work_on(batch.pk, 1)
    make(batch, by=group.coco)
    batches.work_on(batch.pk, 1)  # the letters are final, and not put together yet
    revoke(anna.client.mandates.get(), by=group.clara, how="By telephone.")
    volumes.bind(batch.pk)
    assert told(batch) == ["failed mandate_revoked", "done"]
    assert volumes.file_for(batch, "pdf", group.coco).letters == 1

    revoke(berta.client.mandates.get(), by=group.clara, how="By telephone.")
    assert volumes.file_for(batch, "zip", group.coco) is None
    assert not batch.files.exists()


def test_a_batch_reaches_no_case_beyond_its_team(group):
    own = a_case(owner=group.coco)

    assert told(work(begin(group.team, "letters", [own.pk], by=group.coco))) == ["cannot not_yours"]


# Posting ------------------------------------------------------------------------------------------


def test_letters_are_recorded_as_posted_in_one_step_and_only_once(group):
    cases = [group.case(name) for name in ("Anna", "Berta", "Cora")]
    batch = letters_of(group, cases)
    close(cases[2], on=timezone.localdate(), by=group.clara, ending="given_up")
    yesterday = timezone.localdate() - DAY

    for expected in (["done", "done", "cannot closed"], ["done", "done", "cannot closed"]):
        posting = follow(
            batch,
            "posting",
            by=group.coco,
            step="registered",
            options={"on": yesterday.isoformat()},
        )
        posting = work(posting)
        make(posting, by=group.coco)
        posting = work(posting)
        assert [one.replace("skipped already", "done") for one in told(posting)] == expected
    assert told(posting) == ["skipped already", "skipped already", "cannot closed"]

    for case in cases[:2]:
        sent = [fact for fact in case.facts() if fact.kind == "sent"]
        assert [(fact.on, fact.get(Detail.CHANNEL)) for fact in sent] == [(yesterday, "registered")]
    with pytest.raises(NotPossible):
        follow(posting, "sending", by=group.coco, options={})


# The next letter of many cases --------------------------------------------------------------------


def overdue(group, name, **asked):
    """A case whose letter arrived two months ago, and nobody has answered."""
    sent = timezone.localdate() - timedelta(days=62)
    case = group.case(name, date=sent, platform=REACHABLE, **asked)
    mail = {Detail.LETTER: 1, Detail.CHANNEL: "email"}
    record(case, "sent", on=sent, by=group.clara, details=mail)
    arrived = {Detail.LETTER: 1, Detail.EVIDENCE: "signed"}
    record(case, "received", on=sent, by=group.clara, details=arrived)
    return case


def test_overdue_cases_are_reminded_at_once_but_none_that_has_moved_on(group, mail):
    anna, berta, cora, dora = (overdue(group, name) for name in ("Anna", "Berta", "Cora", "Dora"))
    draft = group.case("Emma")
    batch = begin(
        group.team, "chase", ids([anna, berta, cora, dora, draft]), by=group.coco, step="reminder"
    )
    batch = work(batch)
    assert told(batch) == ["ready", "ready", "ready", "ready", "cannot no_step"]
    item = batch.items.get(position=1)
    assert (item.told, item.way) == ({"to": ["Example Ireland Limited"]}, "email")
    assert not Letter.objects.filter(kind="reminder").exists()

    # They answer Berta, and somebody else reminds them for Cora, before anything is made.
    answer = {Detail.VERDICT: "complete"}
    record(berta, "answered", on=timezone.localdate(), by=group.clara, details=answer)
    other = work(begin(group.team, "chase", [cora.pk], by=group.clara, step="reminder"))
    make(other, by=group.clara)
    assert told(work(other)) == ["done"]
    record(dora, "noted", on=timezone.localdate(), by=group.clara, note="They rang.")
    make(batch, by=group.coco)
    batch = work(batch)

    assert told(batch) == [
        "done",
        "skipped answered",
        "skipped chased",
        "done",
        "cannot no_step",
    ]
    made = Letter.objects.filter(kind="reminder").order_by("case_id")
    assert [letter.case for letter in made] == [anna, cora, dora]
    assert not Message.objects.exists()

    # A second batch finds the drafts and makes no others.
    second = begin(group.team, "chase", ids([anna, dora]), by=group.coco, step="reminder")
    assert told(work(second)) == ["skipped drafted", "skipped drafted"]

    # Sending: what happened since it was made is seen again.
    record(dora, "answered", on=timezone.localdate(), by=group.clara, details=answer)
    sending = work(follow(batch, "sending", by=group.coco, options={}))
    assert told(sending) == ["ready", "skipped answered"]
    make(sending, by=group.coco)
    make(sending, by=group.coco)
    assert told(work(sending)) == ["done", "skipped answered"]
    twice = work(follow(batch, "sending", by=group.coco, options={}))
    assert told(twice) == ["skipped already", "skipped answered"]
    assert [message.case for message in Message.objects.all()] == [anna]


def test_to_one_address_go_only_so_many_in_an_hour(group, mail, settings):
    group.team.mails_an_hour = 2
    group.team.save()
    cases = [overdue(group, name) for name in ("Anna", "Berta", "Cora", "Dora", "Emma")]
    batch = work(begin(group.team, "chase", ids(cases), by=group.coco, step="reminder"))
    make(batch, by=group.coco)
    batch = work(batch)
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        sending = work(follow(batch, "sending", by=group.coco, options={}))
        make(sending, by=group.coco)
        sending = work(sending)
        assert told(sending) == ["done", "done", "ready", "ready", "ready"]
        due = list(sending.items.order_by("position").values_list("due_at", flat=True))
        assert due == [now, now, now + HOUR, now + HOUR, now + 2 * HOUR]

        # Another batch to the same address comes after all of these.
        more = overdue(group, "Fina")
        later_batch = work(begin(group.team, "chase", [more.pk], by=group.coco, step="reminder"))
        make(later_batch, by=group.coco)
        last = work(follow(work(later_batch), "sending", by=group.coco, options={}))
        assert last.items.get().due_at == now + 2 * HOUR
        cancel(last, by=group.coco)

        clock.shift(HOUR - timedelta(minutes=1))
        batches.requeue_unfinished()
        drain()
        assert Message.objects.count() == 2

        # The workers were away for a day: the rate holds all the same.
        clock.shift(DAY)
        batches.requeue_unfinished()
        drain_batches(sending)
        assert Message.objects.count() == 4
        assert told(sending) == ["done", "done", "done", "done", "ready"]
        clock.shift(HOUR)
        settings.TEAM_MAILS_A_DAY = 2
        batches.requeue_unfinished()
        drain_batches(sending)
        assert told(sending)[4] == "ready"  # as many as the site lets a team send
        clock.shift(DAY)
        batches.requeue_unfinished()
        drain_batches(sending)
        assert told(sending) == ["done"] * 5
    assert Message.objects.count() == 5
    assert Batch.objects.get(pk=sending.pk).state == "done"


def drain_batches(batch):
    """The chunks of a batch, without the messages, which need a mail server."""
    for first in range(1, batch.size + 1, batches.CHUNK):
        batches.work_on(batch.pk, first)


def test_letters_to_companies_of_the_directory_do_not_use_up_what_a_person_may_send(group, mail):
    cases = [overdue(group, f"Anna{n}") for n in range(2)]
    Message.objects.bulk_create(
        Message(
            case=cases[0],
            letter=cases[0].letters.get(),
            outgoing=True,
            state="stopped",
            message_id=f"<{n}@example.org>",
            made_at=timezone.now(),
        )
        for n in range(IN_A_DAY)
    )
    batch = work(begin(group.team, "chase", [cases[1].pk], by=group.coco, step="reminder"))
    make(batch, by=group.coco)
    sending = work(follow(work(batch), "sending", by=group.coco, options={}))
    make(sending, by=group.coco)
    assert told(work(sending)) == ["done"]

    # To a company that somebody typed in, the limit of a person holds.
    Case.objects.filter(pk=cases[0].pk).update(platform="")
    Message.objects.filter(state="stopped").update(made_at=timezone.now())
    Case.objects.filter(pk=cases[1].pk).update(platform="")
    third = overdue(group, "Cora")
    Case.objects.filter(pk=third.pk).update(platform="")
    batch = work(begin(group.team, "chase", [third.pk], by=group.coco, step="reminder"))
    make(batch, by=group.coco)
    held = work(follow(work(batch), "sending", by=group.coco, options={}))
    make(held, by=group.coco)
    assert told(work(held)) == ["ready"]


def test_a_student_who_runs_a_chase_could_not_and_their_drafts_wait_for_review(group, monkeypatch):
    """Whose letters somebody else has to read, has them read whoever sends them."""
    anna = overdue(group, "Anna")
    batch = work(begin(group.team, "chase", [anna.pk], by=group.coco, step="reminder"))
    Membership.objects.filter(user=group.coco).update(ended_at=timezone.now())
    Membership.objects.create(
        team=group.team, user=group.coco, role="student", made_at=timezone.now()
    )
    Case.objects.filter(pk=anna.pk).update(second=group.coco)
    drain_batches(batch)
    Batch.objects.filter(pk=batch.pk).update(state="working")
    drain_batches(batch)

    letter = Letter.objects.get(case=anna, kind="reminder")
    assert told(batch) == ["done"]
    assert [one.state for one in letter.reviews.all()] == ["waiting"]
    batch.refresh_from_db()
    sending = work(follow(batch, "sending", by=group.clara, options={}))
    assert told(sending) == ["cannot waiting"]
    review.approve(letter.reviews.get(), by=group.clara)
    assert letter.reviews.get().state in CLEARED
    batches.again(sending, by=group.clara)
    assert told(work(sending)) == ["ready"]
