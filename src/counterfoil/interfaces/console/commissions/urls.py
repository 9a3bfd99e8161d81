"""Addresses of commission runs."""

from django.urls import path

from counterfoil.interfaces.console.commissions import (
    acts,
    adjustment_acts,
    adjustments,
    pages,
    questions,
    statements,
)

urlpatterns = [
    path("", pages.runs, name="commissions"),
    path("new", acts.new, name="commission_new"),
    path("adjustments", adjustments.adjustments, name="adjustments"),
    path("adjustments/new", adjustment_acts.propose, name="adjustment_propose"),
    path("adjustments/<str:adjustment_id>", adjustments.adjustment, name="adjustment"),
    path(
        "adjustments/<str:adjustment_id>/approve",
        adjustment_acts.approve,
        name="adjustment_approve",
    ),
    path(
        "adjustments/<str:adjustment_id>/refuse",
        adjustment_acts.refuse,
        name="adjustment_refuse",
    ),
    path(
        "adjustments/<str:adjustment_id>/withdraw",
        adjustment_acts.withdraw,
        name="adjustment_withdraw",
    ),
    path("statements", statements.statements, name="statements"),
    path("statements/issue", statements.issue, name="statements_issue"),
    path("statements/<str:statement_id>", statements.statement, name="statement"),
    path("statements/<str:statement_id>/pdf", statements.pdf, name="statement_pdf"),
    path("statements/<str:statement_id>/csv", statements.csv, name="statement_csv"),
    path("statements/<str:statement_id>/figures/<str:figure>", statements.figure, name="figure"),
    path("questions", questions.questions, name="questions"),
    path("questions/<str:question_id>", questions.question, name="question"),
    path("questions/<str:question_id>/assign", questions.assign, name="question_assign"),
    path("questions/<str:question_id>/answer", questions.answer_it, name="question_answer"),
    path("<str:run_id>", pages.run, name="commission_run"),
    path("<str:run_id>/partners/<str:partner_id>", pages.lines, name="commission_lines"),
    path("<str:run_id>/lines/<str:line>", pages.explanation, name="commission_line"),
    path("<str:run_id>/approve", acts.approve, name="commission_approve"),
    path("<str:run_id>/post", acts.post, name="commission_post"),
]
