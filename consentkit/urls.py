"""Every door of the site. Pages have an address in each language: ``/…`` and ``/de/…``."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from consentkit.web.views import home, reminders

urlpatterns = [
    path("healthz", home.healthz, name="healthz"),
    path("healthz/clock", reminders.healthz_clock, name="healthz-clock"),
    path("calendar/<str:secret>.ics", reminders.calendar, name="calendar"),
    path("robots.txt", home.robots, name="robots"),
    path("admin/", admin.site.urls),
    *i18n_patterns(path("", include("consentkit.web.urls")), prefix_default_language=False),
]
