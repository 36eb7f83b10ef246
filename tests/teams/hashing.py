"""A password hasher that counts how often it was put to work."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import MD5PasswordHasher


class Counting(MD5PasswordHasher):
    worked = 0

    def encode(self, password: str, salt: str, *args: Any) -> str:
        Counting.worked += 1
        return super().encode(password, salt, *args)
