"""Addresses of partners."""

from django.urls import path

from counterfoil.interfaces.console.partners import changes, members, views

urlpatterns = [
    path("", views.partners, name="partners"),
    path("new", changes.new, name="partner_new"),
    path("<str:partner_id>", views.partner, name="partner"),
    path("<str:partner_id>/activity", views.activity_log, name="partner_activity"),
    path("<str:partner_id>/edit", changes.edit, name="partner_edit"),
    path("<str:partner_id>/status", changes.status, name="partner_status"),
    path("<str:partner_id>/manager", changes.manager, name="partner_manager"),
    path("<str:partner_id>/tags", changes.tags, name="partner_tags"),
    path("<str:partner_id>/contacts/new", changes.contact_new, name="contact_new"),
    path("<str:partner_id>/contacts/<str:contact_id>", changes.contact_edit, name="contact_edit"),
    path(
        "<str:partner_id>/contacts/<str:contact_id>/end", changes.contact_end, name="contact_end"
    ),
    path("<str:partner_id>/agreements/new", changes.agreement_new, name="agreement_new"),
    path("<str:partner_id>/people/invite", members.invite, name="member_invite"),
    path("<str:partner_id>/people/<str:member_id>/role", members.role, name="member_role"),
    path("<str:partner_id>/people/<str:member_id>/remove", members.remove, name="member_remove"),
    path(
        "<str:partner_id>/invitations/<str:invitation_id>/withdraw",
        members.withdraw,
        name="member_withdraw",
    ),
]
