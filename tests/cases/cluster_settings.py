"""The settings of a worker that a test starts: its e-mails go into a folder."""

import os

from tests.settings import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ["TEST_OUTBOX"]
QUEUE = os.environ.get("TEST_QUEUE", "")
if QUEUE:
    Q_CLUSTER = {**Q_CLUSTER, "redis": QUEUE}  # noqa: F405
    del Q_CLUSTER["orm"]
