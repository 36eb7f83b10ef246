"""Every page of the site on one screen."""

from django.urls import include, path

from .views import (
    account,
    account_data,
    bundles,
    case_letters,
    cases,
    check,
    clients,
    correspondence,
    home,
    laws,
    platforms,
    reminders,
    reviews,
    teams,
    watch,
    wizard,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("about/", home.about, name="about"),
    path("about/counting/", home.how_we_count, name="how-we-count"),
    path("privacy/", home.privacy, name="privacy"),
    path("laws/", laws.laws, name="laws"),
    path("laws/<slug:key>/", laws.law, name="law"),
    path("check/", check.check, name="check"),
    path("platforms/", platforms.platforms, name="platforms"),
    path("platforms/<slug:slug>/", platforms.platform, name="platform"),
    # The letter: see views/wizard.py
    path("letter/", wizard.letter, name="letter"),
    path("letter/pdf/", wizard.letter_pdf, name="letter-pdf"),
    path("letter/text/", wizard.letter_text, name="letter-text"),
    path("letter/certificate/", wizard.letter_certificate, name="letter-certificate"),
    path("letter/calendar/", wizard.letter_calendar, name="letter-calendar"),
    path("letter/keep/", wizard.letter_keep, name="letter-keep"),
    # What is due, and the calendar of it: see views/reminders.py
    path("dates/", reminders.dates, name="dates"),
    path("calendar/", reminders.calendar_feed, name="calendar-feed"),
    path("cases/<slug:code>/dates/<str:date>.ics", reminders.case_ics, name="case-ics"),
    # The account: see views/account.py; what is not there is allauth's
    path("account/", account.account, name="account"),
    path("account/confirm/", account.confirm_by_code, name="account-confirm"),
    path("account/sessions/", account.sessions, name="account-sessions"),
    path("account/data/", account_data.data, name="account-data"),
    path("account/delete/", account_data.delete, name="account-delete"),
    path("account/leave/", account.leave, name="account-leave"),
    path("account/", include("allauth.urls")),
    # Cases: see views/cases.py
    path("cases/", cases.cases, name="cases"),
    path("cases/export.csv", cases.export, name="cases-export"),
    path("cases/<slug:code>/", cases.case, name="case"),
    path("cases/<slug:code>/record/<slug:kind>/", cases.case_record, name="case-record"),
    path("cases/<slug:code>/strike/<int:number>/", cases.case_strike, name="case-strike"),
    path("cases/<slug:code>/dates/<int:pk>/", cases.case_date, name="case-date"),
    path(
        "cases/<slug:code>/dates/<int:pk>/certificate/",
        cases.case_certificate,
        name="case-certificate",
    ),
    # Two people and their dates: see views/watch.py
    path("cases/<slug:code>/dates/new/", watch.new_date, name="date-new"),
    path(
        "cases/<slug:code>/dates/<int:pk>/acknowledge/", watch.acknowledge, name="date-acknowledge"
    ),
    path("cases/<slug:code>/dates/<int:pk>/check/", watch.check_date, name="date-check"),
    path("cases/<slug:code>/second/", watch.second, name="case-second"),
    path("teams/<slug:slug>/watch/", watch.team_watch, name="team-watch"),
    path("teams/<slug:slug>/control/", watch.control_lists, name="team-control"),
    path("teams/<slug:slug>/control/<str:day>/", watch.control_day, name="team-control-day"),
    path("cases/<slug:code>/let-go/<int:pk>/", cases.case_let_go, name="case-let-go"),
    path("cases/<slug:code>/proposals/<int:pk>/", cases.case_proposal, name="case-proposal"),
    path("cases/<slug:code>/close/", cases.case_close, name="case-close"),
    path("cases/<slug:code>/reopen/", cases.case_reopen, name="case-reopen"),
    path("cases/<slug:code>/hold/", cases.case_hold, name="case-hold"),
    path("cases/<slug:code>/delete/", cases.case_delete, name="case-delete"),
    path("cases/<slug:code>/letters/<int:number>/", cases.case_letter, name="case-letter"),
    path(
        "cases/<slug:code>/letters/<int:number>/pdf/", cases.case_letter_pdf, name="case-letter-pdf"
    ),
    path(
        "cases/<slug:code>/letters/<int:number>/text/",
        cases.case_letter_text,
        name="case-letter-text",
    ),
    # The evidence of a case as one file: see views/bundles.py
    path("cases/<slug:code>/bundle/", bundles.case_bundle, name="case-bundle"),
    # The letters of a case: see views/case_letters.py
    path("cases/<slug:code>/letters/", case_letters.letters, name="case-letters"),
    path("cases/<slug:code>/letters/new/<slug:kind>/", case_letters.new, name="case-letter-new"),
    path(
        "cases/<slug:code>/letters/<int:number>/edit/", case_letters.edit, name="case-letter-edit"
    ),
    path(
        "cases/<slug:code>/letters/<int:number>/delete/",
        case_letters.delete,
        name="case-letter-delete",
    ),
    # Four eyes: see views/reviews.py
    path("cases/<slug:code>/letters/<int:number>/review/", reviews.case_review, name="case-review"),
    path("teams/<slug:slug>/reviews/", reviews.team_reviews, name="team-reviews"),
    # Clients, their mandates and consents: see views/clients.py
    path("teams/<slug:slug>/clients/", clients.clients, name="clients"),
    path("teams/<slug:slug>/clients/new/", clients.intake, name="client-intake"),
    path("teams/<slug:slug>/own-conflicts/", clients.own_conflicts, name="own-conflicts"),
    path("teams/<slug:slug>/clients/<int:number>/", clients.client, name="client"),
    path("teams/<slug:slug>/clients/<int:number>/close/", clients.close, name="client-close"),
    path("teams/<slug:slug>/clients/<int:number>/parties/", clients.add_party, name="client-party"),
    path(
        "teams/<slug:slug>/clients/<int:number>/conflicts/<int:pk>/",
        clients.conflict,
        name="client-conflict",
    ),
    path(
        "teams/<slug:slug>/clients/<int:number>/mandates/",
        clients.new_mandate,
        name="client-mandate-new",
    ),
    path(
        "teams/<slug:slug>/clients/<int:number>/mandates/<int:pk>/",
        clients.mandate,
        name="client-mandate",
    ),
    path(
        "teams/<slug:slug>/clients/<int:number>/mandates/<int:pk>/scan/",
        clients.mandate_scan,
        name="client-mandate-scan",
    ),
    path(
        "teams/<slug:slug>/clients/<int:number>/mandates/<int:pk>/revoke/",
        clients.mandate_revoke,
        name="client-mandate-revoke",
    ),
    path(
        "teams/<slug:slug>/clients/<int:number>/consents/",
        clients.consents,
        name="client-consents",
    ),
    path(
        "teams/<slug:slug>/clients/<int:number>/consents/<int:pk>/withdraw/",
        clients.consent_withdraw,
        name="client-consent-withdraw",
    ),
    # Sending letters, messages and files: see views/correspondence.py
    path("cases/<slug:code>/letters/<int:number>/send/", correspondence.send, name="case-send"),
    path(
        "cases/<slug:code>/letters/<int:number>/send/pdf/",
        correspondence.letter_to_print,
        name="case-send-pdf",
    ),
    path(
        "cases/<slug:code>/letters/<int:number>/send/<slug:way>/",
        correspondence.send_by,
        name="case-send-by",
    ),
    path("cases/<slug:code>/messages/<int:pk>/", correspondence.message, name="case-message"),
    path(
        "cases/<slug:code>/messages/<int:pk>/original/",
        correspondence.message_original,
        name="case-message-original",
    ),
    path(
        "cases/<slug:code>/messages/<int:pk>/decide/",
        correspondence.message_decide,
        name="case-message-decide",
    ),
    path("cases/<slug:code>/files/", correspondence.add_files, name="case-add-files"),
    path("cases/<slug:code>/files/<int:pk>/", correspondence.file, name="case-file"),
    path("outbox/", correspondence.outbox_page, name="outbox"),
    path("outbox/<str:name>", correspondence.outbox_message, name="outbox-message"),
    # Teams: see views/teams.py
    path("teams/", teams.teams, name="teams"),
    path("teams/join/<str:secret>/", teams.join, name="team-join"),
    path("teams/<slug:slug>/", teams.team, name="team"),
    path("teams/<slug:slug>/invite/", teams.invite, name="team-invite"),
    path("teams/<slug:slug>/invitations/<int:pk>/", teams.withdraw, name="team-withdraw"),
    path("teams/<slug:slug>/people/<int:pk>/", teams.member, name="team-member"),
    path("teams/<slug:slug>/leave/", teams.leave, name="team-leave"),
    path("teams/<slug:slug>/handover/", teams.handover, name="team-handover"),
    path("teams/<slug:slug>/walls/", teams.walls, name="team-walls"),
    path("teams/<slug:slug>/walls/report.csv", teams.walls_report, name="team-walls-report"),
    path("teams/<slug:slug>/walls/<int:pk>/", teams.wall, name="team-wall"),
    path("teams/<slug:slug>/audit/", teams.audit, name="team-audit"),
    path("teams/<slug:slug>/audit/export.csv", teams.audit_export, name="team-audit-export"),
]
