"""ConsentKit as one Django app; its folders are features, not apps (docs/adr/0001)."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class ConsentKit(AppConfig):
    name = "consentkit"
    label = "consentkit"
    verbose_name = "ConsentKit"

    def ready(self) -> None:
        # Their tables belong to apps that load after us.
        from consentkit import schedules
        from consentkit.confidential import checks  # noqa: F401 (it registers itself)
        from consentkit.confidential.cached import make_table
        from consentkit.letters.press import checks as press_checks  # noqa: F401 (likewise)
        from consentkit.teams import strangers
        from consentkit.teams.sealing import seal_accounts
        from consentkit.web.accounts import confirm

        seal_accounts()
        strangers.watch()
        confirm.watch()
        post_migrate.connect(make_table, sender=self)
        post_migrate.connect(schedules.install, sender=apps.get_app_config("django_q"))
