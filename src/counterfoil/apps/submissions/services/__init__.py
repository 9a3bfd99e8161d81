"""The only writers of submissions, one module for each act."""

from counterfoil.apps.submissions.services.appeals import raise_appeal
from counterfoil.apps.submissions.services.blind import (
    commit_secret,
    draw_submission,
    record_blind_review,
    restart_automation,
    reveal_secrets,
)
from counterfoil.apps.submissions.services.deciding import (
    assign_submission,
    claim_next,
    record_approval,
    record_decision,
    refuse_own,
    send_to_second_review,
)
from counterfoil.apps.submissions.services.drafts import (
    begin_submission,
    write_details,
    write_lines,
)
from counterfoil.apps.submissions.services.evidence import (
    file_evidence,
    link_evidence,
    mark_evidence,
    withdraw_evidence,
)
from counterfoil.apps.submissions.services.inquiries import (
    answer_inquiry,
    ask_inquiry,
    issue_digest_link,
    pass_inquiry_on,
    revoke_inquiry,
)
from counterfoil.apps.submissions.services.locking import lock_submission
from counterfoil.apps.submissions.services.returns import return_submission
from counterfoil.apps.submissions.services.screening import (
    begin_screening,
    file_readings,
    lock_keys,
    record_extracted,
    record_screening,
    record_verified,
    route_submission,
    use_keys,
)
from counterfoil.apps.submissions.services.sending import (
    close_without_answer,
    confirm_submission,
    needed_reason,
    recall_submission,
    resend_submission,
    send_submission,
    set_due,
    withdraw_submission,
)
from counterfoil.apps.submissions.services.talking import post_message, write_note

__all__ = [
    "answer_inquiry",
    "ask_inquiry",
    "assign_submission",
    "begin_screening",
    "begin_submission",
    "claim_next",
    "close_without_answer",
    "commit_secret",
    "confirm_submission",
    "draw_submission",
    "file_evidence",
    "file_readings",
    "issue_digest_link",
    "link_evidence",
    "lock_keys",
    "lock_submission",
    "mark_evidence",
    "needed_reason",
    "pass_inquiry_on",
    "post_message",
    "raise_appeal",
    "recall_submission",
    "record_approval",
    "record_blind_review",
    "record_decision",
    "record_extracted",
    "record_screening",
    "record_verified",
    "refuse_own",
    "resend_submission",
    "restart_automation",
    "return_submission",
    "reveal_secrets",
    "revoke_inquiry",
    "route_submission",
    "send_submission",
    "send_to_second_review",
    "set_due",
    "use_keys",
    "withdraw_evidence",
    "withdraw_submission",
    "write_details",
    "write_lines",
    "write_note",
]
