"""Addresses of the portal."""

from django.urls import path

from counterfoil.interfaces.portal import (
    bank_details,
    evidence,
    guides,
    home,
    messages,
    organization,
    people,
    questions,
    statements,
)
from counterfoil.interfaces.portal.submissions import (
    acts,
    appeal,
    begin,
    form,
    letter,
    listing,
    status,
)

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("submissions/", listing.submissions, name="submissions"),
    path("submissions/new/", begin.choose, name="begin"),
    path("submissions/new/<slug:code>/", begin.start, name="start"),
    path("submissions/<str:submission_id>/", status.submission, name="submission"),
    path("submissions/<str:submission_id>/edit", form.edit, name="edit"),
    path("submissions/<str:submission_id>/recall", acts.recall, name="recall"),
    path("submissions/<str:submission_id>/withdraw", acts.withdraw, name="withdraw"),
    path("submissions/<str:submission_id>/confirm", acts.confirm, name="confirm"),
    path("submissions/<str:submission_id>/appeal", appeal.appeal, name="appeal"),
    path("submissions/<str:submission_id>/message", acts.message, name="message"),
    path("submissions/<str:submission_id>/letter", letter.letter, name="letter"),
    path("submissions/<str:submission_id>/letter.pdf", letter.letter_pdf, name="letter_pdf"),
    path("evidence/<str:evidence_id>/", evidence.evidence, name="evidence"),
    path("evidence/<str:evidence_id>/original", evidence.original, name="original"),
    path("evidence/<str:evidence_id>/<int:number>.png", evidence.picture, name="picture"),
    path("guides/", guides.guides, name="guides"),
    path("guides/<slug:code>/", guides.guide, name="guide"),
    path("guides/<slug:code>/guide.pdf", guides.guide_pdf, name="guide_pdf"),
    path("statements/", statements.statements, name="statements"),
    path("statements/<str:statement_id>/", statements.statement, name="statement"),
    path("statements/<str:statement_id>/figures/<str:figure>", statements.figure, name="figure"),
    path("statements/<str:statement_id>/lines/<str:line>", statements.line, name="line"),
    path(
        "statements/<str:statement_id>/statement.pdf",
        statements.statement_pdf,
        name="statement_pdf",
    ),
    path(
        "statements/<str:statement_id>/statement.csv",
        statements.statement_csv,
        name="statement_csv",
    ),
    path(
        "statements/<str:statement_id>/figures/<str:figure>/ask",
        questions.ask,
        name="question_ask",
    ),
    path("questions/", questions.questions, name="questions"),
    path("questions/<str:question_id>/", questions.question, name="question"),
    path("questions/<str:question_id>/again", questions.reopen, name="question_reopen"),
    path("questions/<str:question_id>/close", questions.close, name="question_close"),
    path("messages/", messages.messages, name="messages"),
    path("people/", people.people, name="people"),
    path("people/invite", people.invite, name="invite"),
    path("people/<str:member_id>/role", people.role, name="role"),
    path("people/<str:member_id>/remove", people.remove, name="remove"),
    path("invitations/<str:invitation_id>/withdraw", people.take_back, name="take_back"),
    path("bank-details/", bank_details.bank_details, name="bank_details"),
    path("bank-details/propose", bank_details.propose, name="bank_propose"),
    path("organization/", organization.organization, name="organization"),
]
