"""Addresses that both doors share."""

from django.conf import settings
from django.urls import path

from counterfoil.interfaces.web import demo, home, inquiries, join, profile, seats

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path("join/<str:token>/", join.join, name="join"),
    path("answer/<str:token>/", inquiries.own, name="answer"),
    path("answer/<str:token>/all/", inquiries.every, name="answer_all"),
    path("answer/<str:token>/<str:inquiry_id>/", inquiries.one, name="answer_one"),
    path("answer/<str:token>/<str:inquiry_id>/pass-on", inquiries.pass_on, name="answer_pass_on"),
    path("profile/", profile.profile, name="profile"),
    path("seat/", seats.choose, name="seat"),
    path("no-access/", seats.no_seat, name="no_seat"),
]
if settings.DEMO:
    urlpatterns += [
        path("demo/", demo.choose, name="demo"),
        path("demo/tour", demo.tour, name="demo_tour"),
        path("demo/sign-in/<str:person_id>", demo.sign_in, name="demo_sign_in"),
    ]
