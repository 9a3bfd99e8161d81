"""Addresses of bank statements, the work on their lines, and what is in transit."""

from django.urls import path

from counterfoil.interfaces.console.bank import lines, statements, transit, work

urlpatterns = [
    path("", statements.statements, name="bank"),
    path("read", statements.read, name="bank_read"),
    path("work", work.work, name="bank_work"),
    path("reconcile", work.reconcile, name="bank_reconcile"),
    path("transit", transit.transit, name="bank_transit"),
    path("statements/<str:statement_id>", statements.statement, name="bank_statement"),
    path("statements/<str:statement_id>/accept", statements.accept, name="bank_accept"),
    path("statements/<str:statement_id>/set-aside", statements.set_aside, name="bank_set_aside"),
    path("lines/<str:line_id>", lines.line, name="bank_line"),
    path("lines/<str:line_id>/match", lines.match, name="bank_match"),
    path("lines/<str:line_id>/explain/<str:kind>", lines.explain, name="bank_explain"),
    path("lines/<str:line_id>/undo", lines.undo, name="bank_undo"),
]
