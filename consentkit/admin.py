"""The back office: people with an account. The directory is shown here and written elsewhere."""

from __future__ import annotations

from typing import ClassVar

import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401 (they register what is unregistered below)
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from consentkit.platforms.models import Entity, Platform
from consentkit.teams.models import User

admin.site.site_title = admin.site.site_header = "ConsentKit"
# Whoever works here signs in as everybody does: with the same limits, codes and second factors.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# What keeps an account safe is its owner's own business.
for model in (EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = User
        fields = ("email",)


@admin.register(User)
class Users(UserAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """People by their e-mail address; there are no user names."""

    add_form = NewUserForm
    ordering = ("-date_joined",)
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email",)
    search_help_text = _("The whole e-mail address. Names are sealed and cannot be searched.")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[User], search_term: str
    ) -> tuple[models.QuerySet[User], bool]:
        """Addresses are sealed: one is found as a whole, or not at all."""
        return (queryset.filter(email=search_term) if search_term else queryset), False


class ReadOnly(admin.options.BaseModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Shown and never changed: ``manage.py sync_platforms`` writes these tables from files."""

    # Django 6 takes an address without a scheme for https; until then it asks to be told.
    formfield_overrides: ClassVar = {models.URLField: {"assume_scheme": "https"}}

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class Entities(ReadOnly, admin.StackedInline):  # type: ignore[type-arg]
    model = Entity
    extra = 0


@admin.register(Platform)
class Platforms(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "owner", "website", "listed")
    list_filter = ("listed",)
    search_fields = ("name", "owner", "slug")
    inlines = (Entities,)
