"""A person with a case for each place where one can stand."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from consentkit.letters.actions import take_in
from consentkit.teams.models import User

from .companies import SHOP, SOCIAL, VIDEO
from .people import EMAIL, NAME, user
from .steps import Story, arrived, closed, left, letter, mail, scan, sent, shown, struck, told

CLAIM = (
    "I asked for a copy of my data. They did not send it, and they did not say why. I use the "
    "service under the name @dana.demo."
)


@transaction.atomic
def make_person(today: date) -> bool:
    """Make the person and the cases; False where the person is there already."""
    if User.objects.filter(email=EMAIL).exists():
        return False
    person = user(EMAIL, NAME)
    for story in STORIES:
        case = take_in(story.request(today), owner=person, place=story.owed_in, demo=True)
        for step in story.steps:
            step(case, today)
    return True


STORIES: tuple[Story, ...] = (
    # Draft: made, and not sent yet
    Story(
        ago=1,
        law="us-il-bipa",
        kind="notice",
        residence="US-IL",
        platform="tiktok",
        facts={"relation": "user"},
    ),
    # Returned: it went out and came back
    Story(
        ago=5,
        law="eu-gdpr",
        kind="erasure",
        residence="DE-BE",
        place="IE",
        platform=SHOP,
        steps=(
            sent(5, "email"),
            mail(4, "Undelivered mail", "This mailbox is not in use any more."),
            told(4, "bounced", letter=1),
        ),
    ),
    # Sent: in German, by plain post, nothing shows that it arrived
    Story(
        ago=6,
        law="eu-gdpr",
        kind="access",
        residence="DE-BE",
        place="IE",
        platform="facebook",
        language="de",
        steps=(sent(6, "post", note="Briefkasten an der Ecke, gegen 17 Uhr"), scan("Brief.pdf")),
    ),
    # Sent, and something that came shows when it arrived: to be decided
    Story(
        ago=9,
        law="uk-gdpr",
        kind="access",
        residence="GB-ENG",
        platform=SOCIAL,
        steps=(
            sent(9, "registered", note="RR 000 000 000 GB"),
            mail(7, "We received your request", "Thank you for your message. Ticket 0000-1."),
            shown(7, "acknowledgement"),
        ),
    ),
    # Waiting, with a fact that was a mistake and is struck
    Story(
        ago=14,
        law="eu-gdpr",
        kind="objection_marketing",
        residence="DE-BE",
        place="IE",
        platform=SHOP,
        steps=(
            sent(14, "form", note="Request 4711"),
            arrived(13, "form"),
            told(12, "answered", verdict="complete", note="They stopped."),
            struck(4, "That was their newsletter, not an answer."),
        ),
    ),
    # Waiting, under BIPA: the letter itself asks for an answer within thirty days
    Story(
        ago=20,
        law="us-il-bipa",
        kind="withdraw_consent",
        residence="US-IL",
        platform=VIDEO,
        facts={"relation": "user"},
        since=700,
        steps=(
            sent(20, "registered", note="7000 0000 0000 0000 0000"),
            arrived(17, "signed"),
            scan("Return receipt.pdf"),
            told(16, "noted", note="The green card came back, signed by their reception."),
        ),
    ),
    # Asked: they want a passport that they do not need
    Story(
        ago=16,
        law="eu-gdpr",
        kind="access",
        residence="DE-BE",
        place="IE",
        platform=VIDEO,
        steps=(
            sent(16, "email"),
            arrived(15, "acknowledgement"),
            mail(
                11,
                "Your request",
                "Dear customer,\n\nplease send us a copy of your passport first.\n\nExample Video",
            ),
            told(
                11,
                "identity_requested",
                justified=False,
                note="I wrote from the e-mail address of my account.",
            ),
        ),
    ),
    # Extended, without a reason
    Story(
        ago=45,
        law="eu-gdpr",
        kind="access",
        residence="DE-BE",
        place="IE",
        platform=SOCIAL,
        steps=(
            sent(45, "email"),
            arrived(44, "acknowledgement"),
            mail(18, "Your request", "We need two more months for this."),
            told(18, "extension_notified", reasons=False),
        ),
    ),
    # Late: no answer at all, and they have been reminded
    Story(
        ago=61,
        law="eu-gdpr",
        kind="erasure",
        residence="DE-BE",
        place="IE",
        platform=VIDEO,
        steps=(
            sent(61, "registered", note="RR 000 000 000 DE"),
            arrived(58, "signed"),
            letter(10, "reminder", reply_within_days=14),
            sent(10, "email"),
        ),
    ),
    # A date of one's own was missed: the costs were to be confirmed within ten days
    Story(
        ago=30,
        law="ch-fadp",
        kind="access",
        residence="CH-ZH",
        platform=SHOP,
        steps=(
            sent(30, "registered"),
            arrived(28, "tracking"),
            mail(21, "Costs of your request", "This will cost CHF 300. Please confirm."),
            told(21, "cost_notice_received"),
        ),
    ),
    # Partial: something is missing from the answer
    Story(
        ago=38,
        law="uk-gdpr",
        kind="access",
        residence="GB-ENG",
        platform=VIDEO,
        steps=(
            sent(38, "form", proven=True),
            mail(
                9,
                "Your data",
                "Please find your data attached.",
                data={"user": "dana.demo", "videos": 12, "shared_with": "partners"},
            ),
            told(
                9,
                "answered",
                verdict="partial",
                missing=["recipients", "source", "retention"],
                stalls=["self_service"],
            ),
        ),
    ),
    # Refused
    Story(
        ago=50,
        law="us-ca-ccpa",
        kind="erasure",
        residence="US-CA",
        platform=SOCIAL,
        steps=(
            sent(50, "form", proven=True),
            told(49, "acknowledged"),
            mail(12, "Your request to delete", "We cannot verify your request and deny it."),
            told(12, "answered", verdict="refusal", stalls=["more_data"]),
        ),
    ),
    # Answered: look through it, and close the case
    Story(
        ago=29,
        law="eu-gdpr",
        kind="access",
        residence="DE-BE",
        place="IE",
        platform=SHOP,
        language="de",
        steps=(
            sent(29, "email"),
            arrived(29, "delivery_status"),
            mail(
                4,
                "Ihre Auskunft",
                "Guten Tag,\n\nanbei die Auskunft über Ihre Daten.\n\nExample Shop",
                data={"kundin": "Dana Demo", "bestellungen": 3},
            ),
            told(4, "answered", verdict="complete"),
        ),
    ),
    # Appealed: an American state lets one ask the company to look at its refusal again
    Story(
        ago=70,
        law="us-co-cpa",
        kind="access",
        residence="US-CO",
        platform=VIDEO,
        steps=(
            sent(70, "email"),
            arrived(70, "acknowledgement"),
            mail(30, "Your request", "We do not grant your request."),
            told(30, "answered", verdict="refusal"),
            letter(20, "appeal"),
            sent(20, "email"),
            arrived(19, "acknowledgement", letter=2),
        ),
    ),
    # Complained: to the authority
    Story(
        ago=150,
        law="eu-gdpr",
        kind="access",
        residence="DE-BE",
        place="IE",
        platform=SOCIAL,
        steps=(
            sent(150, "registered", note="RR 000 000 001 DE"),
            arrived(147, "signed"),
            letter(100, "reminder", reply_within_days=14),
            sent(100, "email"),
            letter(60, "complaint", claim=CLAIM),
            sent(60, "form", proven=True),
            told(30, "authority_progress", note="They have asked the company for a statement."),
        ),
    ),
    # Court
    Story(
        ago=260,
        law="uk-gdpr",
        kind="access",
        residence="GB-ENG",
        platform=SOCIAL,
        steps=(
            sent(260, "registered", note="RR 000 000 001 GB"),
            arrived(258, "signed"),
            told(230, "answered", verdict="refusal", stalls=["excessive"]),
            letter(180, "before_action", claim=CLAIM, remedy="Send me the copy of my data."),
            sent(180, "registered"),
            arrived(178, "signed", letter=2),
            told(90, "went_to_court", note="County Court at Leeds"),
            left(90, "complain_until", "I go to court instead."),
        ),
    ),
    # Closed
    Story(
        ago=75,
        law="eu-gdpr",
        kind="erasure",
        residence="DE-BE",
        place="IE",
        platform=SHOP,
        steps=(
            sent(75, "email"),
            arrived(75, "acknowledgement"),
            told(52, "answered", verdict="complete"),
            closed(50, "fulfilled", "They erased the account and confirmed it."),
        ),
    ),
)
