"""ConsentKit as one Django app; its folders are features, not apps (docs/adr/0001)."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class ConsentKit(AppConfig):
    name = "consentkit"
    label = "consentkit"
    verbose_name = "ConsentKit"

    def ready(self) -> None:
        from consentkit import schedules  # its table belongs to an app that loads after us

        post_migrate.connect(schedules.install, sender=apps.get_app_config("django_q"))
