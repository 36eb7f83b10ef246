"""Every page of the site on one screen."""

from django.urls import path

from .views import check, home, laws, platforms, wizard

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
]
