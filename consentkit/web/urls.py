"""Every page of the site on one screen."""

from django.urls import path

from .views import case_letters, check, home, laws, platforms, wizard

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
]
