"""One's own settings: language, time zone, theme, keyboard; the way to sign-in and security."""

from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from counterfoil.apps.access.selectors import find_actor
from counterfoil.apps.access.services import update_preferences
from counterfoil.apps.partners.selectors import list_seats
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.interfaces.web.requests import AskedRequest

THEMES = (
    ("auto", gettext_lazy("As the device")),
    ("light", gettext_lazy("Light")),
    ("dark", gettext_lazy("Dark")),
)


def _zones() -> list[tuple[str, str]]:
    names = sorted(each for each in available_timezones() if "/" in each or each == "UTC")
    return [(name, name.replace("_", " ")) for name in names if not name.startswith("Etc/")]


class ProfileForm(forms.Form):
    """How a person wants to be spoken to."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=(("en", "English"), ("de", "Deutsch"))
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=_zones,
        help_text=gettext_lazy("Moments on pages and in mails are said in it."),
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"), choices=THEMES, widget=forms.RadioSelect
    )
    has_shortcuts = forms.BooleanField(
        label=gettext_lazy("Single-key shortcuts"),
        required=False,
        help_text=gettext_lazy("Letters act as keys while no field is open."),
    )


@require_http_methods(["GET", "POST"])
def profile(request: AskedRequest) -> HttpResponse:
    """This will show one's settings and, on POST, keep them."""
    if request.me is None or request.person is None:
        if request.user.is_authenticated:
            return redirect("web:no_seat")
        return redirect_to_login(request.get_full_path())
    person = request.person
    initial = {
        "language": person.language,
        "time_zone": person.zone.key,
        "theme": person.theme or "auto",
        "has_shortcuts": person.has_shortcuts,
    }
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        # A person's row belongs to no partner, so no portal role may write it; only one's own
        # row is named here, and only its preferences.
        with acting_as(staff()):
            update_preferences(
                person_id=request.me.id, by=request.me, at=request.at,
                language=form.cleaned_data["language"], time_zone=form.cleaned_data["time_zone"],
                theme=form.cleaned_data["theme"],
                has_shortcuts=form.cleaned_data["has_shortcuts"],
            )  # fmt: skip
        fresh = find_actor(user_pk=request.me.user_pk or 0)
        if fresh is not None:
            translation.activate(fresh.language)
        messages.success(request, _("Saved."))
        return redirect("web:profile")
    seats = list_seats(user_pk=request.me.user_pk or 0) if request.me.is_partner else ()
    context = {
        "form": form,
        "email": person.email,
        "name": request.me.name,
        "seats": seats,
        "crumbs": [{"label": _("Your settings")}],
    }
    template = "web/profile_portal.html" if request.me.is_partner else "web/profile_console.html"
    return render(request, template, context, status=422 if form.errors else 200)
