"""The partner's words for where a question stands, and what an answer comes to."""

from django.utils.translation import gettext_lazy

from counterfoil.core.questions import QuestionState
from counterfoil.interfaces.web.presenters import TURNS, Status

CLOSED = Status(gettext_lazy("Closed"), "pass", "mute")
ANSWERED = Status(gettext_lazy("Answered: read it, or ask once more"), "theirs", "theirs")
READ = Status(gettext_lazy("Answered once more"), "pass", "theirs")
DECISIONS = {
    "explained": gettext_lazy("The figure is right, and this is how it came about"),
    "adjust": gettext_lazy("We correct it by an adjustment on your next statement"),
    "next_run": gettext_lazy("The next computation of the month corrects it"),
}
QUESTION_STATES = {
    QuestionState.OPEN: TURNS["us"],
    QuestionState.REOPENED: TURNS["us"],
    QuestionState.ANSWERED: ANSWERED,
    QuestionState.ANSWERED_AGAIN: READ,
    QuestionState.CLOSED: CLOSED,
}
