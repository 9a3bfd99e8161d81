"""A partner asks on its statement, Finance answers in the console, both see whose turn it is."""

import pytest
from django.urls import reverse

from counterfoil.apps.earnings.selectors import lines_of_statement, list_questions
from counterfoil.foundation.acting import acting_as, staff
from tests.doors.portal.conftest import boris, browser_of, clock, paula, world  # noqa: F401
from tests.doors.portal.page import errors_of, words
from tests.doors.portal.test_statements import statement  # noqa: F401

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def max_(world):  # noqa: F811
    """Finance, who prepares."""
    return browser_of(world.finance)


def asked(paula, statement):  # noqa: F811
    """This will ask about a line and return the question's id."""
    with acting_as(staff()):
        line = lines_of_statement(statement)[1].sales_line
    address = reverse("portal:question_ask", args=[statement.public_id, "USD-0"])
    paula.post(f"{address}?line=line-{line}", {"body": "Why 63.00 only?"})
    with acting_as(staff()):
        (question,) = list_questions()
    return question.public_id


def test_a_line_is_asked_about_answered_with_its_calculation_and_asked_once_more(
    paula, max_, statement  # noqa: F811
):  # fmt: skip
    question = asked(paula, statement)
    mine = reverse("portal:question", args=[question])
    ours = reverse("console:question", args=[question])

    open_page = words(paula.get(mine))
    listed = max_.get(reverse("console:questions"))
    seen = words(max_.get(ours))
    max_.post(
        reverse("console:question_answer", args=[question]),
        {"body": "It lies in the second band.", "decision": "explained"},
    )
    answered = words(paula.get(mine))
    paula.post(reverse("portal:question_reopen", args=[question]), {"body": "Which band?"})
    again = words(paula.get(mine))

    assert "Our turn" in open_page
    assert "Promised by" in open_page
    assert ours in listed.content.decode()
    assert "Why 63.00 only?" in seen
    assert "3.3%" in seen
    assert "It lies in the second band." in answered
    assert "Open until" in answered
    assert "3.3%" in answered
    assert "Our turn" in again


def test_an_answer_that_promises_an_adjustment_leads_to_its_proposal(paula, max_, statement):  # noqa: F811
    question = asked(paula, statement)
    max_.post(
        reverse("console:question_answer", args=[question]),
        {"body": "You are right.", "decision": "adjust"},
    )

    page = max_.get(reverse("console:question", args=[question])).content.decode()

    assert reverse("console:adjustment_propose") in page
    assert f"about={question}" in page


def test_who_answers_is_named(paula, max_, statement, world):  # noqa: F811
    question = asked(paula, statement)

    done = max_.post(
        reverse("console:question_assign", args=[question]), {"person": world.checker.id}
    )

    assert done.status_code == 302
    assert "Chris" in words(max_.get(reverse("console:questions")))


def test_an_empty_question_is_asked_for_its_words(paula, statement):  # noqa: F811
    address = reverse("portal:question_ask", args=[statement.public_id, "USD-0"])

    answer = paula.post(address, {"body": " "})

    assert answer.status_code == 422
    assert errors_of(answer) == ["Write what you ask."]


def test_the_same_is_not_asked_twice_while_it_is_open(paula, statement):  # noqa: F811
    address = reverse("portal:question_ask", args=[statement.public_id, "USD-0"])
    paula.post(address, {"body": "Why?"})

    again = paula.get(address)

    assert again.status_code == 409
    assert "You asked about this already" in words(again)


def test_a_question_is_closed_by_its_partner_alone(paula, boris, max_, statement):  # noqa: F811
    question = asked(paula, statement)
    close = reverse("portal:question_close", args=[question])

    foreign = boris.post(close)
    asked_elsewhere = boris.post(
        reverse("portal:question_ask", args=[statement.public_id, "USD-0"]), {"body": "Mine?"}
    )
    read_elsewhere = boris.get(reverse("portal:question", args=[question]))
    again_elsewhere = boris.post(
        reverse("portal:question_reopen", args=[question]), {"body": "Why?"}
    )
    done = paula.post(close)
    late = max_.post(
        reverse("console:question_answer", args=[question]),
        {"body": "Too late.", "decision": "explained"},
    )

    assert foreign.status_code == 404
    assert asked_elsewhere.status_code == 404
    assert read_elsewhere.status_code == 404
    assert again_elsewhere.status_code == 404
    assert done.status_code == 302
    assert late.status_code == 422
    assert "Closed" in words(paula.get(reverse("portal:questions")))
