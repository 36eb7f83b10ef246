"""The pages of cases: the list, one case at a glance, and telling it what happened."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import localdate, now
from lxml import html

from consentkit.cases.actions import close, hold, propose_receipt, record, strike
from consentkit.cases.log import KINDS, Detail
from consentkit.cases.models import Case, Deadline, Proposal
from consentkit.letters.actions import freeze, take_in
from consentkit.letters.request import Account
from consentkit.office.cells import cell
from consentkit.teams.models import User
from consentkit.web.casework.board import PAGE
from tests.world import a_request

pytestmark = pytest.mark.django_db

PLACES = {"eu-gdpr": "IE", "us-il-bipa": "US-IL", "us-ca-ccpa": "US-CA", "ch-fadp": "CH-ZH"}


@pytest.fixture
def ada():
    return User.objects.create_user("ada@example.org", "secret", name="Ada Beispiel")


@pytest.fixture
def visitor(client, ada):
    """Ada, signed in."""
    client.force_login(ada)
    return client


def ago(days: int) -> date:
    return localdate() - timedelta(days=days)


def opened(
    owner: User, days: int = 40, *, law: str = "eu-gdpr", right: str = "access", handle: str = "@a"
) -> Case:
    """A case whose letter was made some days ago."""
    request = a_request(law, right, date=ago(days), account=Account(handle=handle))
    return take_in(request, owner=owner, place=PLACES[law])


def sent(case: Case, days: int) -> None:
    details: dict[Detail, object] = {Detail.LETTER: 1, Detail.CHANNEL: "email"}
    record(case, "sent", on=ago(days), by=case.owner, details=details)


def arrived(case: Case, days: int) -> None:
    details: dict[Detail, object] = {Detail.LETTER: 1, Detail.EVIDENCE: "acknowledgement"}
    record(case, "received", on=ago(days), by=case.owner, details=details)


def waiting(owner: User, days: int = 40, **told: Any) -> Case:
    """A case whose letter arrived, and that waits for the answer."""
    case = opened(owner, days, **told)
    sent(case, days - 1)
    arrived(case, days - 2)
    return case


def answer_row(case: Case) -> Deadline:
    """The line of the index for the day on which they must have answered."""
    return case.deadlines.get(key="answer", void=False)


def text_of(response: Any) -> str:
    return " ".join(html.fromstring(response.content.decode()).text_content().split())


def names(response: Any) -> list[str]:
    """The references in the list, as they stand."""
    page = html.fromstring(response.content.decode())
    return [cell.text_content().rsplit("·", 1)[1].strip() for cell in page.xpath("//tbody//th")]


def page_of(case: Case, name: str = "case", *args: object) -> str:
    return reverse(name, args=[case.code, *args])


def error_beside(response: Any, field: str) -> str:
    """The complaint that the field itself refers to."""
    page = html.fromstring(response.content.decode())
    return " ".join(page.get_element_by_id(f"{field}_error").text_content().split())


# The list -----------------------------------------------------------------------------------------


def test_whoever_is_not_signed_in_is_asked_to(client, ada):
    case = opened(ada)

    for address in (reverse("cases"), page_of(case), page_of(case, "case-record", "answered")):
        assert client.get(address).status_code == 302


def test_the_list_is_in_the_order_of_the_next_date_and_names_what_is_late(visitor, ada):
    coming, late = waiting(ada, 10, handle="@b"), waiting(ada, 90)
    response = visitor.get(reverse("cases"))

    assert names(response) == [late.reference, coming.reference]
    page = html.fromstring(response.content.decode())
    assert [row.get("class") for row in page.xpath("//tbody/tr")] == ["is-overdue", None]
    assert [one.text_content() for one in page.xpath("//tbody//*[@class='late']")] == ["Late"]


@pytest.mark.parametrize(
    ("show", "shown"),
    [
        ("open", ["late", "draft", "soon", "waiting"]),
        ("late", ["late"]),
        ("week", ["draft", "soon"]),
        ("you", ["late", "draft"]),
        ("waiting", ["late", "soon", "waiting"]),
        ("closed", ["closed"]),
    ],
)
def test_a_filter_lets_through_what_it_says(visitor, ada, show, shown):
    cases = {
        "late": waiting(ada, 90, handle="@1"),
        "draft": opened(ada, 1, handle="@2"),
        "soon": waiting(ada, 31, handle="@3"),
        "waiting": waiting(ada, 5, handle="@4"),
        "closed": waiting(ada, 60, handle="@5"),
    }
    close(cases["closed"], "fulfilled", by=ada, on=localdate())
    if cases["soon"].next_on is None or not 0 <= (cases["soon"].next_on - localdate()).days <= 7:
        pytest.skip("public holidays move this date out of the week")

    response = visitor.get(reverse("cases"), {"show": show})

    assert sorted(names(response)) == sorted(cases[name].reference for name in shown)


def test_cases_are_found_by_law_and_stage(visitor, ada):
    illinois, europe = opened(ada, 3, law="us-il-bipa", right="notice"), waiting(ada, 5)

    assert names(visitor.get(reverse("cases"), {"law": "us-il-bipa"})) == [illinois.reference]
    assert names(visitor.get(reverse("cases"), {"stage": "waiting"})) == [europe.reference]
    assert names(visitor.get(reverse("cases"), {"platform": "?", "law": "?"})) == [
        illinois.reference,
        europe.reference,
    ]


def test_a_search_finds_names_handles_and_notes_and_all_words_must_be_there(visitor, ada):
    first, second = opened(ada, 3, handle="@müller"), opened(ada, 2, handle="@other")
    record(second, "noted", on=localdate(), by=ada, note="Telephoned with Mrs Ziegler")

    def found(words: str) -> list[str]:
        return names(visitor.post(reverse("cases"), {"q": words}))

    assert found("mull") == [first.reference]
    assert found("ziegler telephoned") == [second.reference]
    assert found("ziegler muller") == []
    assert found("example") == [second.reference, first.reference]


def test_what_is_looked_for_stands_in_no_address(visitor, ada):
    opened(ada, 3, handle="@other")

    assert len(names(visitor.get(reverse("cases"), {"q": "nobody"}))) == 1
    page = html.fromstring(visitor.get(reverse("cases")).content.decode())
    assert page.get_element_by_id("case-filter").get("method") == "post"


def test_nobody_finds_the_cases_of_somebody_else(visitor):
    bob = User.objects.create_user("bob@example.net", "secret")
    opened(bob)

    assert names(visitor.get(reverse("cases"), {"show": "all"})) == []
    assert names(visitor.post(reverse("cases"), {"q": "example"})) == []


def test_pages_follow_each_other_without_a_gap(visitor, ada):
    cases = [opened(ada, 3, handle=f"@{number}") for number in range(PAGE + 3)]

    first = visitor.get(reverse("cases"))
    code = html.fromstring(first.content.decode()).xpath("//button[@name='after']")[-1].get("value")
    second = visitor.post(reverse("cases"), {"after": code})

    assert [len(names(first)), len(names(second))] == [PAGE, 3]
    assert {*names(first), *names(second)} == {case.reference for case in cases}


def test_a_case_without_a_next_date_is_listed_by_itself(visitor, ada):
    case = opened(ada)
    Case.objects.filter(pk=case.pk).update(next_on=None, next_key="")

    assert "Cases without a next date" in text_of(visitor.get(reverse("cases")))
    assert case.reference in text_of(visitor.get(reverse("cases")))


def test_the_list_can_be_saved_for_a_spreadsheet(visitor, ada):
    late = waiting(ada, 90)
    response = visitor.post(reverse("cases-export"), {"show": "late"})
    lines = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))

    assert response["Content-Disposition"] == 'attachment; filename="cases.csv"'
    assert [line[:3] for line in lines[1:]] == [[late.reference, "Example", "GDPR"]]
    assert lines[1][7] == "yes"
    assert lines[1][9].endswith(page_of(late))


@pytest.mark.parametrize("typed", ["=1+1", "+49", "-x", "@sum", "\tx"])
def test_a_cell_is_never_a_formula(typed):
    assert cell(typed) == f"'{typed}"


# One case -----------------------------------------------------------------------------------------


def test_a_case_says_where_it_stands_and_what_comes_next(visitor, ada):
    case = waiting(ada, 10)
    page = text_of(visitor.get(page_of(case)))

    assert "Arrived, waiting for their answer" in page
    assert "9 days since you sent your letter" in page
    assert f"{(case.next_on - localdate()).days} days left" in page
    assert case.reference in page


def test_a_case_that_is_late_says_so_in_words(visitor, ada):
    case = waiting(ada, 90)
    due = case.posture().late(localdate())[0]

    late = (localdate() - due.day).days
    assert f"Answer due: {late} days late" in text_of(visitor.get(page_of(case)))


def test_the_drawing_and_the_table_lead_to_the_same_dates(visitor, ada):
    case = waiting(ada, 10)
    page = html.fromstring(visitor.get(page_of(case)).content.decode())
    answer = answer_row(case)
    address = page_of(case, "case-date", answer.pk)

    assert {one.get("href") for one in page.xpath("//svg[@class='tl tl--wide']//a")} == {address}
    assert {one.get("href") for one in page.xpath("//svg[@class='tl tl--narrow']//a")} == {address}
    assert address in [
        one.get("href") for one in page.xpath("//table[@class='table--stack case-dates']//a")
    ]


def test_the_drawing_carries_no_style_of_its_own(visitor, ada):
    page = html.fromstring(visitor.get(page_of(waiting(ada))).content.decode())
    drawing = page.xpath("//svg[@class='tl tl--wide']")[0]

    assert drawing.xpath(".//*[@style] | .//style") == []


def test_facts_stand_by_the_day_they_happened_with_the_day_they_were_recorded(visitor, ada):
    case = waiting(ada, 40)
    page = html.fromstring(visitor.get(page_of(case)).content.decode())
    days = [
        [one.get("datetime") for one in line.xpath(".//time")]
        for line in page.xpath("//p[@class='log-line__when']")
    ]

    today = localdate().isoformat()
    assert days == [[ago(number).isoformat(), today] for number in (38, 39, 40)]


def test_a_struck_fact_stays_with_its_reason(visitor, ada):
    case = waiting(ada)
    fact = record(case, "wrote", on=ago(5), by=ada, note="About something else")
    strike(case, fact.number, by=ada, reason="It belongs to another case")
    page = html.fromstring(visitor.get(page_of(case)).content.decode())
    line = page.get_element_by_id(f"fact-{fact.number}")

    assert line.xpath(".//del")[0].text_content() == "They wrote something else"
    assert "It belongs to another case" in line.text_content()
    assert "About something else" in line.text_content()


def test_every_page_of_a_stranger_is_not_there(client, ada):
    case = waiting(ada)
    answer = answer_row(case)
    proposal = propose_receipt(opened_and_sent(ada), letter=1, on=ago(3), evidence="form")
    client.force_login(User.objects.create_user("bob@example.net", "secret"))
    addresses = [
        page_of(case),
        page_of(case, "case-record", "answered"),
        page_of(case, "case-strike", 2),
        page_of(case, "case-date", answer.pk),
        page_of(case, "case-certificate", answer.pk),
        page_of(case, "case-let-go", answer.pk),
        page_of(case, "case-close"),
        page_of(case, "case-hold"),
        page_of(case, "case-delete"),
        page_of(case, "case-letter", 1),
        page_of(case, "case-letter-pdf", 1),
        page_of(case, "case-letter-text", 1),
    ]

    assert [client.get(address).status_code for address in addresses] == [404] * len(addresses)
    for address in (
        page_of(case, "case-reopen"),
        page_of(proposal.case, "case-proposal", proposal.pk),
    ):
        assert client.post(address, {"answer": "accept"}).status_code == 404
    proposal.refresh_from_db()
    assert proposal.decided_at is None


def opened_and_sent(owner: User) -> Case:
    case = opened(owner, 12, handle="@p")
    sent(case, 10)
    return case


def test_pages_of_cases_are_kept_out_of_every_cache(visitor, ada):
    case = opened(ada)

    for address in (reverse("cases"), page_of(case), page_of(case, "case-letter", 1)):
        assert visitor.get(address)["Cache-Control"] == "no-store, private"


# Telling what happened ----------------------------------------------------------------------------


def the_form(response: Any) -> dict[str, Any]:
    """The fields of the page's form, as a browser would send them back."""
    page = html.fromstring(response.content.decode())
    form = next(one for one in page.forms if one.get("method") == "post" and one.fields)
    told: dict[str, Any] = {}
    for name, value in form.form_values():
        # The line end after <textarea> is not part of its text; lxml does not know that.
        told.setdefault(name, []).append(value.removeprefix("\n"))
    return told


def test_a_fact_is_shown_with_what_it_changes_before_it_is_in_the_log(visitor, ada):
    case = opened_and_sent(ada)
    told = {"letter": "1", "evidence": "acknowledgement", "on": ago(5).isoformat()}
    before = case.posture().next.day

    shown = visitor.post(page_of(case, "case-record", "received"), told)
    assert "This changes the following dates" in text_of(shown)
    assert [fact.kind for fact in case.facts()] == ["made", "sent"]

    done = visitor.post(
        page_of(case, "case-record", "received"), {**the_form(shown), "step": "confirm"}
    )
    assert done.status_code == 302
    case.refresh_from_db()
    assert case.facts()[-1].on == ago(5)
    assert case.posture().arrivals[1].is_proven
    assert case.posture().next.day != before


def test_a_fact_that_moves_no_date_goes_straight_into_the_log(visitor, ada):
    case = waiting(ada)
    told = {"note": "Nothing new", "on": ago(1).isoformat()}
    response = visitor.post(page_of(case, "case-record", "wrote"), told)

    assert response.status_code == 302
    assert (case.facts()[-1].kind, case.facts()[-1].note) == ("wrote", "Nothing new")


def test_a_second_click_records_nothing_twice(visitor, ada):
    case = opened_and_sent(ada)
    told = {"letter": "1", "evidence": "form", "on": ago(5).isoformat()}
    address = page_of(case, "case-record", "received")
    confirm = {**the_form(visitor.post(address, told)), "step": "confirm"}

    assert visitor.post(address, confirm).status_code == 302
    again = visitor.post(address, confirm)

    assert again.status_code == 200
    assert "in the meantime" in text_of(again)
    assert [fact.kind for fact in case.facts()] == ["made", "sent", "received"]


def test_what_was_typed_comes_back_to_be_changed(visitor, ada):
    case = opened_and_sent(ada)
    address = page_of(case, "case-record", "received")
    told = {"letter": "1", "evidence": "form", "on": ago(5).isoformat(), "note": "By their form"}
    shown = visitor.post(address, told)
    back = the_form(visitor.post(address, {**the_form(shown), "step": "change"}))

    assert {name: back[name] for name in told} == {name: [value] for name, value in told.items()}


def test_a_fact_that_cannot_be_says_so_beside_its_field_and_keeps_what_was_typed(visitor, ada):
    case = opened_and_sent(ada)
    address = page_of(case, "case-record", "acknowledged")
    response = visitor.post(address, {"on": ago(11).isoformat(), "note": "Keep me"})

    assert response.status_code == 422
    assert error_beside(response, "id_on") == "That is before you sent your letter."
    assert "Keep me" in response.content.decode()


@pytest.mark.parametrize(
    ("kind", "told", "field", "message"),
    [
        ("wrote", {"on": ""}, "id_on", "Write down the day."),
        ("wrote", {"on": "31"}, "id_on", "This day does not exist. Write it as 2026-03-31."),
        ("wrote", {"on": "2999-01-01"}, "id_on", "This day has not come yet."),
        ("noted", {"note": ""}, "id_note", "Write something down."),
        ("extension_notified", {"on": "2026-01-01"}, "id_reasons", "Choose one."),
        ("reminder_set", {"due": "2020-01-01"}, "id_due", "Choose a day in the future."),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_beside_its_field(visitor, ada, kind, told, field, message):
    response = visitor.post(page_of(waiting(ada), "case-record", kind), told)

    assert response.status_code == 422
    assert error_beside(response, field) == message


@pytest.mark.parametrize("kind", [key for key, kind in KINDS.items() if kind.by_hand])
def test_every_kind_of_fact_has_a_form(visitor, ada, kind):
    response = visitor.get(page_of(waiting(ada), "case-record", kind))

    assert response.status_code == 200
    assert "note" in the_form(response)


@pytest.mark.parametrize("kind", ["made", "struck", "closed", "let_go", "nonsense"])
def test_what_follows_from_something_else_is_not_told_by_hand(visitor, ada, kind):
    assert visitor.get(page_of(waiting(ada), "case-record", kind)).status_code == 404


def test_a_time_close_to_midnight_is_read_where_the_duty_is(visitor, ada):
    ada.time_zone = "America/Los_Angeles"
    ada.save()
    case = waiting(ada)
    on = ago(3)
    visitor.post(
        page_of(case, "case-record", "acknowledged"), {"on": on.isoformat(), "at": "23:30"}
    )
    fact = case.facts()[-1]

    assert fact.on == on + timedelta(days=1)  # it was morning in Dublin
    assert fact.arguably_on == fact.on


def test_a_reminder_can_fall_away_when_they_write(visitor, ada):
    case = waiting(ada, 5)
    due = localdate() + timedelta(days=3)
    told = {"due": due.isoformat(), "unless_heard": "on", "note": "Ring them"}
    shown = visitor.post(page_of(case, "case-record", "reminder_set"), told)
    visitor.post(
        page_of(case, "case-record", "reminder_set"), {**the_form(shown), "step": "confirm"}
    )

    assert "Ring them" in text_of(visitor.get(page_of(case)))
    record(case, "wrote", on=localdate(), by=ada)
    [reminder] = [one for one in case.posture().dues if one.key == "own_reminder"]
    assert (reminder.day, reminder.settled_on) == (due, localdate())


def test_a_closed_case_takes_only_notes(visitor, ada):
    case = waiting(ada)
    close(case, "fulfilled", by=ada, on=localdate())
    page = html.fromstring(visitor.get(page_of(case)).content.decode())

    assert [one.get("href") for one in page.xpath("//ul[@class='case-kinds']//a")] == [
        page_of(case, "case-record", "noted")
    ]


# An answer ----------------------------------------------------------------------------------------


def answer(visitor: Any, case: Case, **told: Any) -> Any:
    """Go through the answer's list and confirm."""
    address = page_of(case, "case-record", "answered")
    shown = visitor.post(address, {"on": localdate().isoformat(), **told})
    assert shown.status_code == 200
    return visitor.post(address, {**the_form(shown), "step": "confirm"})


def test_what_is_missing_from_an_answer_is_kept_for_the_letter_that_replies(visitor, ada):
    case = waiting(ada, 20)
    answer(
        visitor,
        case,
        **{"point-copy": "no", "point-recipients": "no", "point-purposes": "yes"},
        stalls="self_service",
    )
    fact = case.facts()[-1]

    assert fact.get(Detail.VERDICT) == "partial"
    assert fact.get(Detail.MISSING) == ["copy", "recipients"]
    assert fact.get(Detail.STALLS) == ["self_service", "incomplete"]
    case.refresh_from_db()
    assert case.stage == "partial"


def test_an_answer_without_a_no_is_complete(visitor, ada):
    case = waiting(ada, 20)
    answer(visitor, case, **{"point-copy": "yes", "point-source": "not_me"})

    assert case.facts()[-1].details == {"verdict": "complete"}


def test_the_verdict_is_shown_and_can_be_another(visitor, ada):
    case = waiting(ada, 20)
    address = page_of(case, "case-record", "answered")
    shown = visitor.post(address, {"on": localdate().isoformat(), "point-copy": "no"})
    assert the_form(shown)["verdict"] == ["partial"]

    told = {**the_form(shown), "verdict": "refusal", "step": "confirm"}
    visitor.post(address, told)
    assert case.facts()[-1].get(Detail.VERDICT) == "refusal"


def test_each_point_says_what_it_rests_on(visitor, ada):
    page = text_of(visitor.get(page_of(waiting(ada, 20), "case-record", "answered")))

    assert "Art. 15(1)(c) GDPR; C-154/21" in page


def test_under_a_law_that_prescribes_no_answer_nothing_is_called_incomplete(visitor, ada):
    case = waiting(ada, 20, law="us-il-bipa", right="notice")
    answer(visitor, case, **{"point-retention": "no"})

    assert case.facts()[-1].get(Detail.VERDICT) == "complete"
    assert case.facts()[-1].get(Detail.MISSING) == ["retention"]


# Files --------------------------------------------------------------------------------------------


def a_pdf() -> SimpleUploadedFile:
    return SimpleUploadedFile("receipt.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n")


def test_a_file_told_with_a_fact_belongs_to_it(visitor, ada):
    case = opened_and_sent(ada)
    address = page_of(case, "case-record", "received")
    told = {"letter": "1", "evidence": "signed", "on": ago(5).isoformat()}
    shown = visitor.post(address, {**told, "files": [a_pdf()]})
    visitor.post(address, {**the_form(shown), "step": "confirm"})

    [file] = case.attachments.all()
    assert (file.name, file.event) == ("receipt.pdf", case.facts()[-1].number)


def test_a_mistake_elsewhere_loses_no_file(visitor, ada):
    case = opened_and_sent(ada)
    address = page_of(case, "case-record", "received")
    wrong = visitor.post(address, {"letter": "1", "on": "", "files": [a_pdf()]})
    kept = the_form(wrong)["kept"]

    assert wrong.status_code == 422
    assert kept == [str(case.attachments.get().pk)]


def test_the_file_of_another_case_cannot_be_claimed(visitor, ada):
    mine, other = waiting(ada), waiting(ada, handle="@other")
    visitor.post(
        page_of(other, "case-record", "wrote"), {"on": ago(1).isoformat(), "files": a_pdf()}
    )
    file = other.attachments.get()
    visitor.post(
        page_of(mine, "case-record", "wrote"), {"on": ago(1).isoformat(), "kept": [str(file.pk)]}
    )

    file.refresh_from_db()
    assert (file.case, file.event) == (other, other.facts()[-1].number)


# Dates --------------------------------------------------------------------------------------------


def test_a_date_explains_itself(visitor, ada):
    case = waiting(ada, 10)
    row = answer_row(case)
    page = text_of(visitor.get(page_of(case, "case-date", row.pk)))

    assert "1 month ends on" in page
    assert "Art. 12(3) GDPR" in page
    assert "They confirmed it" in page


def test_an_assumed_arrival_makes_a_date_provisional(visitor, ada):
    case = opened_and_sent(ada)
    row = answer_row(case)

    assert "the date is provisional" in text_of(visitor.get(page_of(case, "case-date", row.pk)))


def test_a_date_that_moved_says_where_to(visitor, ada):
    case = opened_and_sent(ada)
    old = answer_row(case)
    arrived(case, 3)
    now = answer_row(case)
    response = visitor.get(page_of(case, "case-date", old.pk))

    assert "This date no longer counts" in text_of(response)
    assert page_of(case, "case-date", now.pk) in response.content.decode()


def test_a_date_has_a_certificate(visitor, ada):
    case = waiting(ada, 10)
    response = visitor.get(page_of(case, "case-certificate", answer_row(case).pk))

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert ada.email not in response["Content-Disposition"]


def test_a_date_of_ones_own_has_none(visitor, ada):
    case = opened(ada, 1)

    row = case.deadlines.get(key="send_it")
    assert visitor.get(page_of(case, "case-date", row.pk)).status_code == 200
    assert visitor.get(page_of(case, "case-certificate", row.pk)).status_code == 404


# Letters ------------------------------------------------------------------------------------------


def test_a_letter_that_went_out_is_there_byte_for_byte(visitor, ada):
    case = waiting(ada)
    letter = freeze(case.letters.get())
    page = text_of(visitor.get(page_of(case, "case-letter", 1)))
    pdf = visitor.get(page_of(case, "case-letter-pdf", 1)).content

    assert letter.pdf_sha256 in page
    assert sha256(pdf).hexdigest() == letter.pdf_sha256
    assert visitor.get(page_of(case, "case-letter-text", 1)).content.decode() == letter.text


def test_a_draft_shows_its_words_and_has_no_pdf_yet(visitor, ada):
    case = opened(ada)

    assert "Example Ireland Limited" in text_of(visitor.get(page_of(case, "case-letter", 1)))
    assert visitor.get(page_of(case, "case-letter-pdf", 1)).status_code == 404


def test_the_envelope_of_a_letter_can_be_changed(visitor, ada):
    case = opened(ada)
    address = page_of(case, "case-letter-edit", 1)
    told = the_form(visitor.get(address))
    assert told["paper"] == ["a4"]

    visitor.post(address, {**told, "paper": "fr", "save": "yes"})
    faulty = visitor.post(address, {**told, "paper": "a3", "save": "yes"})

    assert case.letters.get().letter_request().paper == "fr"
    assert "Choose a paper and envelope." in text_of(faulty)


def test_recording_that_a_letter_went_out_leads_to_the_ways_it_can_go(visitor, ada):
    response = visitor.get(page_of(opened(ada), "case-record", "sent"))

    assert response.status_code == 302
    assert response["Location"].endswith("/letters/1/send/")


def test_a_letter_that_is_told_to_have_gone_out_is_final(visitor, ada):
    case = opened(ada)
    address = page_of(case, "case-record", "sent")
    told = {"letter": "1", "channel": "post", "on": localdate().isoformat()}
    shown = visitor.post(address, {**told, "on": ago(1).isoformat()})
    visitor.post(address, {**the_form(shown), "step": "confirm"})

    assert case.letters.get().is_frozen


# Striking, letting go, closing --------------------------------------------------------------------


def test_a_mistake_is_struck_with_a_reason(visitor, ada):
    case = waiting(ada)
    address = page_of(case, "case-strike", 3)
    assert "This changes the following dates" in text_of(visitor.get(address))

    assert error_beside(visitor.post(address, {"reason": " "}), "id_reason") == (
        "Say why: it stays in the log."
    )
    assert visitor.post(address, {"reason": "Another letter"}).status_code == 302
    assert (case.facts()[-1].kind, case.facts()[-1].note) == ("struck", "Another letter")
    assert visitor.get(address).status_code == 404  # it is struck already


def test_a_missed_date_is_let_go_with_a_reason(visitor, ada):
    case = waiting(ada, 90)
    row = answer_row(case)
    address = page_of(case, "case-let-go", row.pk)

    assert visitor.post(address, {}).status_code == 422
    assert visitor.post(address, {"reason": "They are bankrupt"}).status_code == 302
    row.refresh_from_db()
    assert row.settled_on == localdate()


def test_a_date_that_is_not_missed_is_not_let_go(visitor, ada):
    case = waiting(ada, 10)

    row = answer_row(case)
    assert visitor.get(page_of(case, "case-let-go", row.pk)).status_code == 404


def test_a_case_is_closed_and_opened_again(visitor, ada):
    case = waiting(ada)
    address = page_of(case, "case-close")

    assert error_beside(visitor.post(address, {}), "id_ending") == "Choose how it ended."
    visitor.post(address, {"ending": "settled", "note": "We agreed"})
    case.refresh_from_db()
    assert (case.stage, case.next_on) == ("closed", None)
    assert "Settled in another way" in text_of(visitor.get(page_of(case)))

    visitor.post(page_of(case, "case-reopen"))
    case.refresh_from_db()
    assert case.stage == "waiting"


# Proposals ----------------------------------------------------------------------------------------


def test_a_proposal_shows_what_it_changes_and_is_accepted(visitor, ada):
    case = opened_and_sent(ada)
    proposal = propose_receipt(case, letter=1, on=ago(8), evidence="delivery_status")
    page = text_of(visitor.get(page_of(case)))
    assert "Their mail server confirmed the delivery" in page

    visitor.post(page_of(case, "case-proposal", proposal.pk), {"answer": "accept"})
    assert case.posture().arrivals[1].received == ago(8)
    assert "Their mail server confirmed the delivery." not in text_of(visitor.get(page_of(case)))


def test_a_proposal_that_is_declined_changes_nothing(visitor, ada):
    case = opened_and_sent(ada)
    proposal = propose_receipt(case, letter=1, on=ago(8), evidence="delivery_status")
    visitor.post(page_of(case, "case-proposal", proposal.pk), {"answer": "decline"})

    assert not case.posture().arrivals[1].is_proven
    proposal.refresh_from_db()
    assert proposal.accepted is False


def test_a_proposal_for_a_closed_case_waits_until_it_is_open_again(visitor, ada):
    case = opened_and_sent(ada)
    proposal = propose_receipt(case, letter=1, on=ago(8), evidence="delivery_status")
    close(case, "settled", by=ada, on=localdate())
    assert visitor.get(page_of(case)).status_code == 200

    answered = visitor.post(
        page_of(case, "case-proposal", proposal.pk), {"answer": "accept"}, follow=True
    )
    assert "This case is closed. Open it again first." in text_of(answered)
    proposal.refresh_from_db()
    assert proposal.decided_at is None


def test_a_changed_rule_shows_the_dates_before_and_after(visitor, ada):
    case = waiting(ada, 10)
    row = answer_row(case)
    later = row.day + timedelta(days=3)
    name: list[str | int] = [row.key, row.right, row.letter]
    Proposal.objects.create(
        case=case,
        kind=Proposal.Kind.RULE,
        edition="another",
        before=[[*name, row.day.isoformat()]],
        after=[[*name, later.isoformat()]],
        made_at=now(),
    )
    page = html.fromstring(visitor.get(page_of(case)).content.decode())
    card = page.xpath("//section[contains(@class, 'proposal')]")[0]

    days = [one.get("datetime") for one in card.xpath(".//td//time")]
    assert days == [row.day.isoformat(), later.isoformat()]
    assert "Answer due" in card.text_content()


# Keeping and deleting -----------------------------------------------------------------------------


def test_a_case_is_deleted_once_its_reference_is_typed(visitor, ada):
    case = waiting(ada)
    address = page_of(case, "case-delete")
    assert "3 lines of the log, with their notes" in text_of(visitor.get(address))

    wrong = visitor.post(address, {"reference": "CK-OTHER"})
    assert error_beside(wrong, "id_reference") == "This is not the reference of this case."
    assert visitor.post(address, {"reference": case.reference.lower()}).status_code == 302
    assert not Case.objects.filter(pk=case.pk).exists()


def test_a_case_that_is_held_cannot_be_deleted(visitor, ada):
    case = waiting(ada)
    until = localdate() + timedelta(days=30)
    address = page_of(case, "case-hold")

    assert visitor.post(address, {"until": until.isoformat()}).status_code == 422
    visitor.post(address, {"until": until.isoformat(), "reason": "A court looks into it"})
    case.refresh_from_db()
    assert (case.hold_until, case.hold_reason) == (until, "A court looks into it")

    response = visitor.post(page_of(case, "case-delete"), {"reference": case.reference})
    assert response.status_code == 422
    assert Case.objects.filter(pk=case.pk).exists()


def test_a_hold_can_be_ended(visitor, ada):
    case = waiting(ada)
    hold(case, until=localdate() + timedelta(days=30), reason="A dispute")
    visitor.post(page_of(case, "case-hold"), {"end": "yes"})

    case.refresh_from_db()
    assert (case.hold_until, case.hold_reason) == (None, "")


# As many questions to the database for many as for one -------------------------------------------


def queries_of(visitor: Any, address: str, count: Any) -> int:
    visitor.get(address)  # what is only looked up once
    with count() as asked:
        assert visitor.get(address).status_code == 200
    return len(asked)


@pytest.fixture
def count():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)


def test_the_list_asks_as_often_for_thirty_cases_as_for_one(visitor, ada, count):
    opened(ada, 3)
    one = queries_of(visitor, reverse("cases"), count)
    for number in range(29):
        opened(ada, 3, handle=f"@{number}")

    assert queries_of(visitor, reverse("cases"), count) == one <= 10


def test_a_case_asks_as_often_for_a_long_log_as_for_a_short_one(visitor, ada, count):
    case = waiting(ada)
    short = queries_of(visitor, page_of(case), count)
    for number in range(20):
        record(case, "wrote", on=ago(number), by=ada, note=f"No. {number}")

    assert queries_of(visitor, page_of(case), count) == short <= 12


# In a browser -------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 320])
def test_the_pages_are_accessible_and_fit(live_server, make_page, axe, ada, client, width):
    case = waiting(ada, 90)
    record(case, "identity_requested", on=ago(70), by=ada)
    client.force_login(ada)
    page = make_page(viewport={"width": width, "height": 900})
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    for address in (
        reverse("cases"),
        page_of(case),
        page_of(case, "case-record", "answered"),
        page_of(case, "case-date", case.deadlines.filter(key="answer").first().pk),
        page_of(case, "case-delete"),
        page_of(case, "case-letter", 1),
    ):
        page.goto(address)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
