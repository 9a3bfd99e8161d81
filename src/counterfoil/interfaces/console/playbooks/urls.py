"""Addresses of playbooks."""

from django.urls import path

from counterfoil.interfaces.console.playbooks import acts, editor, guide, procedure, trials, views

urlpatterns = [
    path("", views.playbooks, name="playbooks"),
    path("new", editor.new, name="playbook_new"),
    path("check", editor.check, name="playbook_check"),
    path("trials/<str:trial_id>", trials.trial, name="trial"),
    path("trials/<str:trial_id>/export", trials.export, name="trial_export"),
    path("<str:version_id>", views.playbook, name="playbook"),
    path("<str:version_id>/guide", guide.guide, name="playbook_guide"),
    path("<str:version_id>/guide.pdf", guide.guide_pdf, name="playbook_guide_pdf"),
    path("<str:version_id>/procedure", procedure.page, name="playbook_procedure"),
    path("<str:version_id>/procedure.pdf", procedure.pdf, name="playbook_procedure_pdf"),
    path("<str:version_id>/edit", editor.edit, name="playbook_edit"),
    path("<str:version_id>/try", trials.attempt, name="playbook_try"),
    path("<str:version_id>/sign", trials.sign, name="playbook_sign"),
    path("<str:version_id>/publish", acts.publish, name="playbook_publish"),
    path("<str:version_id>/retire", acts.retire, name="playbook_retire"),
]
