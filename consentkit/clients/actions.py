"""What can be done with clients, their mandates and their consents. The only code that writes them.

Conflicts have a module of their own (``conflicts``). Every action is noted in the audit log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consentkit.teams.access import Forbidden, client_reach, require
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note
from consentkit.teams.models import AuditEntry, Team, User
from consentkit.teams.roles import Permission

from . import conflicts
from .models import Client, Consent, Mandate, Party
from .wordings import HOWS, SUBJECTS, mandate_text, processing

Strokes = Sequence[Sequence[tuple[float, float]]]
# A signed paper: what it is, by how its file begins.
SCANS = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"),
         (b"\xff\xd8\xff", "image/jpeg"))  # fmt: skip
# The columns that a search for conflicts looks at.
NAMES = frozenset({"name", "other_names", "representative"})
LARGEST_SCAN = 10 * 1024 * 1024
NO_CONSENT = _("Without the client’s consent we may not keep their data.")


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What is asked of somebody who wants us to act for them. ``adverse`` are parties by name."""

    name: str
    residence: str
    language: str = "en"
    other_names: Sequence[str] = ()
    email: str = ""
    phone: str = ""
    address: Sequence[str] = ()
    born: date | None = None
    acts_as: str = Client.ActsAs.SELF
    representative: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    adverse: Sequence[str] = ()
    related: Sequence[str] = ()
    outside_id: str = ""
    consents: bool = True


@transaction.atomic
def take_in(
    team: Team, intake: Intake, *, by: User, on: date, beside: Iterable[int] = ()
) -> Client:
    """A new client, whose conflicts are searched at once. ``on`` is the day of their consent.

    ``beside`` are the clients of a campaign that they join. Two of one name are no conflict there.
    Raises NotPossible without a consent to process, and for a child or ward whom nobody
    represents.
    """
    require(by, Permission.CLIENTS, team)
    return taken_in(team, intake, by=by, on=on, how="intake", beside=beside)


def taken_in(
    team: Team,
    intake: Intake,
    *,
    by: User | None,
    on: date,
    how: str,
    beside: Iterable[int] = (),
) -> Client:
    """A new client, by whoever asked for it; ``by`` is None for somebody who came by a link.

    The door has asked whether that may be. Raises as ``take_in`` does, and runs in a transaction.
    """
    complete(intake)
    if not intake.consents:
        raise NotPossible(NO_CONSENT)
    client = Client.objects.create(
        team=team,
        number=next_number(team),
        outside_id=intake.outside_id,
        made_at=timezone.now(),
        **columns_of(intake),
    )
    note(
        team,
        "client.taken_in",
        by=by,
        thing="client",
        thing_id=client.pk,
        details={"number": client.number},
    )
    _give(client, toward="us", subject="processing", wording=processing(client), on=on,
          how=how, by=by)  # fmt: skip
    for role, names in ((Party.Role.ADVERSE, intake.adverse), (Party.Role.RELATED, intake.related)):
        for name in filter(None, map(str.strip, names)):
            _party(client, role=role, name=name, remark="", by=by)
    conflicts.search_for(client, by=by, beside=beside)
    client.refresh_from_db()
    return client


def columns_of(intake: Intake) -> dict[str, object]:
    """What the record says of a client, by the name of the column."""
    return {
        "name": intake.name.strip(),
        "other_names": [name.strip() for name in intake.other_names if name.strip()],
        "contact": {
            "email": intake.email,
            "phone": intake.phone,
            "address": [line.strip() for line in intake.address if line.strip()],
        },
        "about": dict(intake.about),
        "born": intake.born.isoformat() if intake.born else "",
        "language": intake.language,
        "residence": intake.residence,
        "acts_as": intake.acts_as,
        "representative": intake.representative.strip(),
    }


def complete(intake: Intake) -> None:
    """Raise NotPossible where an intake says too little to act on."""
    if not intake.name.strip():
        raise NotPossible(_("Write down the client’s name."))
    if intake.acts_as != Client.ActsAs.SELF and not intake.representative.strip():
        raise NotPossible(_("Say who acts for the client: a parent or a guardian."))


@transaction.atomic
def change(client: Client, intake: Intake, *, by: User) -> None:
    """Put right what is known of a client. Where a name changed, conflicts are searched anew.

    Parties and consents of ``intake`` are not looked at. Letters that are written keep what they
    say. Raises Forbidden, and NotPossible as ``take_in`` does.
    """
    reached(client, by)
    complete(intake)
    record = columns_of(intake)
    changed = [name for name, value in record.items() if getattr(client, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(client, name, record[name])
    client.save(update_fields=changed)
    note(client.team, "client.changed", by=by, thing="client", thing_id=client.pk,
         details={"fields": changed})  # fmt: skip
    if NAMES & set(changed):
        conflicts.check(client, by=by)


def next_number(team: Team) -> int:
    """The next number of a client: never one that was given out, even to somebody erased since."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    taken_in = AuditEntry.objects.filter(team=team, action="client.taken_in").order_by("-number")
    last = taken_in.first()
    told = int(str(last.details["number"])) if last else 0
    return max(told, Client.objects.filter(team=team).aggregate(m=Max("number"))["m"] or 0) + 1


def reached(client: Client, by: User) -> None:
    """Raises Forbidden unless somebody may work with a client, behind no wall."""
    require(by, Permission.CLIENTS, client.team)
    if not Client.objects.filter(client_reach(by, Permission.CLIENTS), pk=client.pk).exists():
        raise Forbidden(f"user {by.pk}: client {client.pk}")


@transaction.atomic
def add_party(client: Client, *, role: str, name: str, by: User, remark: str = "") -> Party:
    """Name somebody who is involved; conflicts are searched for the name at once."""
    reached(client, by)
    if role not in (Party.Role.ADVERSE, Party.Role.RELATED):
        raise NotPossible(_("Say how this person or company is involved."))
    if not name.strip():
        raise NotPossible(_("Write down the name."))
    party = _party(client, role=role, name=name.strip(), remark=remark, by=by)
    conflicts.check(client, by=by, party=party)
    return party


def _party(client: Client, *, role: str, name: str, remark: str, by: User | None) -> Party:
    party = Party.objects.create(
        team=client.team, client=client, role=role, name=name, note=remark, made_at=timezone.now()
    )
    note(
        client.team,
        "party.added",
        by=by,
        thing="client",
        thing_id=client.pk,
        details={"role": str(role), "party": party.pk},
    )
    return party


@transaction.atomic
def own_conflict(team: Team, user: User, name: str, *, by: User, remark: str = "") -> Party:
    """Name a person or company toward whom somebody of the team is not free.

    People name their own; whoever decides conflicts may name them for others. Where the name meets
    a client's matter, that client's checks wait for a decision.
    """
    require(by, Permission.VIEW if by == user else Permission.CONFLICTS, team)
    require(user, Permission.VIEW, team)
    if not name.strip():
        raise NotPossible(_("Write down the name."))
    party = Party.objects.create(
        team=team,
        user=user,
        role=Party.Role.OWN,
        name=name.strip(),
        note=remark,
        made_at=timezone.now(),
    )
    note(team, "party.added", by=by, thing="user", thing_id=user.pk,
         details={"role": "own", "party": party.pk})  # fmt: skip
    conflicts.check_own(party, by=by)
    return party


@transaction.atomic
def close_client(client: Client, *, by: User, on: date) -> None:
    """We act for them no longer: they are a former client, and their mandates end.

    Raises NotPossible while a matter of theirs is open.
    """
    reached(client, by)
    if client.cases.exclude(stage="closed").exists():
        raise NotPossible(_("Close the client’s matters first."))
    client.stage, client.ended_on = Client.Stage.FORMER, on
    client.save(update_fields=["stage", "ended_on"])
    note(client.team, "client.closed", by=by, thing="client", thing_id=client.pk)


# Mandates -----------------------------------------------------------------------------------------


@transaction.atomic
def draft_mandate(
    client: Client,
    *,
    by: User,
    starts_on: date,
    ends_on: date | None = None,
    laws: Mapping[str, str] | None = None,
    kinds: Mapping[str, str] | None = None,
    platforms: Mapping[str, str] | None = None,
) -> Mandate:
    """A mandate to be signed. Its scope are keys with the names that the client reads."""
    reached(client, by)
    if ends_on is not None and ends_on < starts_on:
        raise NotPossible(_("A mandate cannot end before it starts."))
    mandate = Mandate(
        client=client,
        laws=sorted(laws or ()),
        kinds=sorted(kinds or ()),
        platforms=sorted(platforms or ()),
        starts_on=starts_on,
        ends_on=ends_on,
        made_at=timezone.now(),
    )
    mandate.text = mandate_text(
        mandate,
        laws=list((laws or {}).values()),
        kinds=list((kinds or {}).values()),
        platforms=list((platforms or {}).values()),
    )
    mandate.text_sha256 = sha256(mandate.text.encode()).hexdigest()
    mandate.save()
    note(client.team, "mandate.drafted", by=by, thing="client", thing_id=client.pk,
         details={"mandate": mandate.pk})  # fmt: skip
    return mandate


def scan_kind(scan: bytes) -> str | None:
    """What a signed paper is by its content: a PDF, PNG or JPEG; None for anything else."""
    return next((kind for beginning, kind in SCANS if scan.startswith(beginning)), None)


@transaction.atomic
def sign(
    mandate: Mandate, *, by: User, signer: str, on: date, strokes: Strokes = (), scan: bytes = b""
) -> None:
    """A mandate was signed: drawn on the screen, or on a paper of which ``scan`` is the picture.

    Raises NotPossible where it is signed or revoked already, or the signature is none.
    """
    client = mandate.client
    reached(client, by)
    if not signer.strip():
        raise NotPossible(_("Write down who signs."))
    if not any(strokes) and not scan:
        raise NotPossible(_("Draw the signature, or add the signed paper."))
    if len(scan) > LARGEST_SCAN:
        raise NotPossible(_("This file is too large."))
    kind = scan_kind(scan) if scan else ""
    if kind is None:
        raise NotPossible(_("The signed paper has to be a PDF, a PNG or a JPEG."))
    if on > timezone.localdate():
        raise NotPossible(_("That day is still to come."))
    locked = Mandate.objects.select_for_update(no_key=True).get(pk=mandate.pk)
    if locked.signed_on or locked.revoked_at:
        raise NotPossible(_("This mandate is signed or revoked already."))
    mandate.signer = signer.strip()
    mandate.strokes = [[list(point) for point in stroke] for stroke in strokes]
    mandate.scan, mandate.scan_kind, mandate.signed_on = scan or None, kind, on
    mandate.save(update_fields=["signer", "strokes", "scan", "scan_kind", "signed_on"])
    note(client.team, "mandate.signed", by=by, thing="client", thing_id=client.pk,
         details={"mandate": mandate.pk, "on": on.isoformat()})  # fmt: skip


@transaction.atomic
def revoke(mandate: Mandate, *, by: User, how: str) -> None:
    """The client took a mandate back. It stays on record.

    ``correspondence.authority.revoke`` also stops what waits to go out under it.
    """
    reached(mandate.client, by)
    if not how.strip():
        raise NotPossible(_("Say how the client revoked it."))
    now = timezone.now()
    if not Mandate.objects.filter(pk=mandate.pk, revoked_at=None).update(revoked_at=now):
        raise NotPossible(_("This mandate is revoked already."))
    mandate.revoked_at, mandate.revocation = now, how.strip()
    mandate.save(update_fields=["revocation"])
    note(mandate.client.team, "mandate.revoked", by=by, thing="client",
         thing_id=mandate.client_id, details={"mandate": mandate.pk})  # fmt: skip


# The ledger of consents ---------------------------------------------------------------------------


@transaction.atomic
def give_consent(
    client: Client,
    *,
    by: User,
    toward: str,
    subject: str,
    wording: str,
    on: date | None,
    how: str,
) -> Consent:
    """Enter what a client agreed to, toward us or a platform. ``on`` is None where unknown."""
    reached(client, by)
    if not wording.strip():
        raise NotPossible(_("Write down the wording that the client agreed to."))
    return _give(client, toward=toward, subject=subject, wording=wording, on=on, how=how, by=by)


def _give(
    client: Client,
    *,
    toward: str,
    subject: str,
    wording: str,
    on: date | None,
    how: str,
    by: User | None,
) -> Consent:
    if subject not in SUBJECTS or how not in HOWS or not toward.strip():
        raise NotPossible(_("Say what was agreed to, toward whom, and how."))
    if on is not None and on > timezone.localdate():
        raise NotPossible(_("That day is still to come."))
    consent = Consent.objects.create(
        client=client,
        toward=toward.strip(),
        subject=subject,
        wording=wording,
        wording_sha256=sha256(wording.encode()).hexdigest(),
        given_on=on,
        how=how,
        made_at=timezone.now(),
    )
    note(client.team, "consent.given", by=by, thing="client", thing_id=client.pk,
         details={"consent": consent.pk, "subject": subject})  # fmt: skip
    return consent


@transaction.atomic
def withdraw_consent(consent: Consent, *, by: User, on: date) -> None:
    """The client took a consent back on a day; the line stays in the ledger."""
    reached(consent.client, by)
    if on > timezone.localdate():
        raise NotPossible(_("That day is still to come."))
    if consent.given_on and on < consent.given_on:
        raise NotPossible(_("It cannot be taken back before it was given."))
    if not Consent.objects.filter(pk=consent.pk, withdrawn_on=None).update(withdrawn_on=on):
        raise NotPossible(_("This consent was taken back already."))
    consent.withdrawn_on = on
    note(consent.client.team, "consent.withdrawn", by=by, thing="client",
         thing_id=consent.client_id, details={"consent": consent.pk})  # fmt: skip


# Holds --------------------------------------------------------------------------------------------


@transaction.atomic
def hold(client: Client, *, until: date, reason: str, by: User) -> None:
    """Keep a client and all their matters from being deleted until a day. It takes a reason."""
    require(by, Permission.RETENTION, client.team)
    if not reason.strip():
        raise NotPossible(_("Say why this client has to be kept."))
    client.hold_until, client.hold_reason = until, reason
    client.save(update_fields=["hold_until", "hold_reason"])
    note(
        client.team,
        "client.held",
        by=by,
        thing="client",
        thing_id=client.pk,
        details={"until": until.isoformat()},
    )


@transaction.atomic
def end_hold(client: Client, *, by: User) -> None:
    """Let a client be deleted again."""
    require(by, Permission.RETENTION, client.team)
    client.hold_until, client.hold_reason = None, ""
    client.save(update_fields=["hold_until", "hold_reason"])
    note(client.team, "client.released", by=by, thing="client", thing_id=client.pk)
