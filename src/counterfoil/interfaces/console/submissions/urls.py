"""Addresses of the queue, the review page and their acts; every act has its own."""

from django.urls import path

from counterfoil.interfaces.console.submissions import (
    answering,
    assigning,
    behalf,
    blind,
    clocks,
    deciding,
    decision,
    files,
    inquiring,
    queue,
    review,
    talking,
    verifying,
)

_ONE = "submissions/<str:submission_id>/"
urlpatterns = [
    path("queue/", queue.queue, name="queue"),
    path("queue/claim", assigning.claim, name="queue_claim"),
    path("queue/assign", assigning.assign, name="queue_assign"),
    path("submissions/new/", behalf.choose, name="submission_new"),
    path(f"{_ONE}fill", behalf.fill, name="submission_fill"),
    path(_ONE, review.review, name="submission"),
    path(f"{_ONE}clocks/", clocks.clocks, name="submission_clocks"),
    path(f"{_ONE}preview", queue.preview, name="submission_preview"),
    path(f"{_ONE}approve", deciding.approve, name="submission_approve"),
    path(f"{_ONE}return", deciding.send_back, name="submission_return"),
    path(f"{_ONE}decline", deciding.decline, name="submission_decline"),
    path(f"{_ONE}answers", answering.answers, name="submission_answers"),
    path(f"{_ONE}blind", blind.blind, name="submission_blind"),
    path(f"{_ONE}verify", verifying.verify, name="submission_verify"),
    path(f"{_ONE}screen", verifying.screen, name="submission_screen"),
    path(f"{_ONE}inquire", inquiring.inquire, name="submission_inquire"),
    path("inquiries/<str:inquiry_id>/revoke", inquiring.revoke, name="inquiry_revoke"),
    path(f"{_ONE}messages", talking.message, name="submission_message"),
    path(f"{_ONE}notes", talking.note, name="submission_note"),
    path(f"{_ONE}decision/", decision.decision, name="submission_decision"),
    path(f"{_ONE}decision/record.json", decision.record, name="submission_record"),
    path(f"{_ONE}decision/replay", decision.replay, name="submission_replay"),
    path("evidence/<str:evidence_id>/mark", verifying.mark, name="evidence_mark"),
    path("evidence/<str:evidence_id>/original", files.original, name="evidence_original"),
    path("evidence/<str:evidence_id>/text", files.text, name="evidence_text"),
    path("evidence/<str:evidence_id>/pages/<int:page>.png", files.picture, name="evidence_page"),
]
