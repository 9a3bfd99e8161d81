"""The pages behind the link of a mail, and the acts of the review page that lead to it."""

import contextlib
import io
import logging
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.submissions.errors import LinkClosed
from counterfoil.apps.submissions.models import InquiryStep
from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.quiet import MaskLinks, masked
from counterfoil.interfaces.web.limits import MISSES_MAX
from tests.doors.portal.page import words
from tests.flows.test_ask_account_executive import ASKED, DUE, ask, ready_claim, ready_second
from tests.people_stock import PASSWORD
from tests.submission_stock import CLAIMED, approve, make_world

pytestmark = [pytest.mark.db, pytest.mark.django_db]


class Clock:
    """The doors' clock, set by a test."""

    moment = ASKED + timedelta(hours=1)

    @classmethod
    def now(cls, tz=None):
        return cls.moment


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr("counterfoil.interfaces.web.middleware.datetime", Clock)
    monkeypatch.setattr(Clock, "moment", ASKED + timedelta(hours=1))
    cache.clear()
    world = make_world()
    world.claim = ready_claim(world)
    yield world
    cache.clear()


@pytest.fixture
def nobody():
    """A browser that knows no session."""
    return Client()


def link_of(email="ann@vendor.example"):
    with acting_as(staff()):
        rows = OutboxMessage.objects.filter(to_email=email).order_by("queued_at", "id")
        return re.search(r"(/answer/[^/\s]+/)(?:all/)?\s", list(rows)[-1].body)[1]


def steps():
    with acting_as(staff()):
        return list(InquiryStep.objects.order_by("seq").values_list("act", "answer", "words"))


def action_of(page):
    return re.search(r'action="([^"]+)"', page.content.decode())[1]


def test_the_link_answers_without_a_password(world, nobody):
    ask(world)
    page = nobody.get(link_of())
    said = words(page)

    assert page.status_code == 200
    for expected in (
        "Alpine Systems", "Contoso, 40 seats", "Olive", "Proof of execution",
        "Alpine ran the workshop", "Confirm", "Dispute", "Not my deal", "I don't know",
    ):  # fmt: skip
        assert expected in said
    assert "1,200" not in said, "no amounts"
    done = nobody.post(action_of(page), {"answer": "confirm"}, follow=True)

    assert done.status_code == 200
    assert "You answered: Confirm" in words(done)
    assert steps() == [("answer", "confirm", "")]


def test_the_form_needs_its_token_also_where_the_browser_names_no_origin(world):
    ask(world)
    strict = Client(enforce_csrf_checks=True)
    page = strict.get(link_of(), secure=True)
    url, token = action_of(page), page.context["csrf_token"]
    given = {"answer": "confirm", "csrfmiddlewaretoken": str(token)}

    # What a browser sends from a page without a referrer, and what a foreign page would send.
    assert strict.post(url, {"answer": "confirm"}, secure=True).status_code == 403
    for origin in ("https://evil.example", "http://testserver.evil.example"):
        refused = strict.post(url, given, secure=True, headers={"origin": origin})
        assert refused.status_code == 403
        assert refused.headers["Referrer-Policy"] == "no-referrer"
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.post(url, given, secure=True, headers={"origin": "null"}).status_code == 403
    assert steps() == []
    done = strict.post(url, given, secure=True, headers={"origin": "null"})

    assert done.status_code == 302
    assert steps() == [("answer", "confirm", "")]


def test_a_scanner_that_opens_every_link_twenty_times_changes_nothing(world, nobody):
    ask(world)

    _open_twenty_times(nobody, link_of())


def _open_twenty_times(nobody, link):
    page = nobody.get(link)
    found = {link, f"{link}all/", action_of(page), *re.findall(r'href="(/answer/[^"]+)"',
                                                              page.content.decode())}  # fmt: skip
    assert len(found) >= 4
    for _ in range(20):
        for url in sorted(found):
            assert nobody.get(f"{url}?answer=confirm").status_code == 200
            assert nobody.head(url).status_code == 200
            assert nobody.put(url, "answer=confirm").status_code == 405

    assert steps() == []


def test_planted_get_that_answers_is_seen_by_the_scanner_test(world, nobody, monkeypatch):
    from counterfoil.interfaces.web import inquiries

    ask(world)
    link = link_of()
    shown = inquiries._show

    def answers_at_once(request, token, link, inquiry, **more):
        with contextlib.suppress(LinkClosed), acting_as(staff()):
            inquiries.flow.answer_inquiry(
                token=token, answer=inquiries.Answer.CONFIRM, at=request.at
            )
        return shown(request, token, link, inquiry, **more)

    monkeypatch.setattr(inquiries, "_show", answers_at_once)
    with pytest.raises(AssertionError, match="confirm"):
        _open_twenty_times(nobody, link)


def test_a_dispute_without_a_reason_keeps_the_form_and_records_nothing(world, nobody):
    ask(world)
    url = action_of(nobody.get(link_of()))
    refused = nobody.post(url, {"answer": "dispute", "words": " "})
    assert refused.status_code == 422
    assert "Say why you dispute it" in words(refused)
    assert nobody.post(url, {"answer": "perhaps"}).status_code == 422
    assert steps() == []

    nobody.post(url, {"answer": "dispute", "words": "They <b>came</b> late."})

    assert steps() == [("answer", "dispute", "They <b>came</b> late.")]
    assert b"<b>came</b>" not in nobody.get(link_of()).content


def test_each_page_is_never_kept_and_tells_no_other_site_where_it_was(world, nobody):
    ask(world)
    link = link_of()
    url = action_of(nobody.get(link))
    pages = [
        nobody.get(link), nobody.get(f"{link}all/"), nobody.get(url), nobody.get(f"{url}pass-on"),
        nobody.post(url, {"answer": "perhaps"}), nobody.get("/answer/none/"),
        nobody.post(url, {"answer": "confirm"}),
    ]  # fmt: skip

    for page in pages:
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_a_link_opens_no_other_submission(world, nobody):
    mine = ask(world)
    link = link_of()
    other = ask(world, email="ben@vendor.example", name="Ben Boyd", deal="Secret deal")

    for address in (f"{link}{other}/", f"{link}{other}/pass-on"):
        assert nobody.get(address).status_code == 404
        assert nobody.post(address, {"answer": "confirm"}).status_code == 404
    assert "Secret deal" not in words(nobody.get(f"{link}all/"))
    assert nobody.get(f"{link}{mine}/").status_code == 200
    assert steps() == []


def test_closed_links_say_so_in_words(world, nobody, monkeypatch):
    inquiry_id = ask(world)
    link = link_of()
    url = f"{link}{inquiry_id}/"
    monkeypatch.setattr(Clock, "moment", DUE + timedelta(days=20))
    assert nobody.get(link).status_code == 410
    assert "too old" in words(nobody.get(link))
    assert nobody.post(url, {"answer": "confirm"}).status_code == 409
    assert "too old" in words(nobody.get(f"{link}all/"))
    monkeypatch.setattr(Clock, "moment", ASKED + timedelta(hours=1))
    approve(world, world.claim, at=CLAIMED)
    assert "decided" in words(nobody.get(link))
    assert nobody.post(url, {"answer": "confirm"}).status_code == 409
    assert "Contoso" not in words(nobody.get(link))
    cut = nobody.get(link[:-3] + "/")
    assert (cut.status_code, "not one of ours" in words(cut)) == (404, True)
    assert steps() == []


def test_a_question_is_passed_on_from_the_page(world, nobody):
    inquiry_id = ask(world)
    link = link_of()
    url = f"{link}{inquiry_id}/pass-on"
    refused = nobody.post(url, {"name": "Ben Boyd", "email": "ben@elsewhere.example"})
    assert refused.status_code == 422
    assert "@vendor.example" in words(refused)
    done = nobody.post(url, {"name": "Ben Boyd", "email": "Ben@vendor.example"}, follow=True)

    assert "Ben Boyd answers it" in words(done)
    theirs = link_of("ben@vendor.example")
    assert "Ann Ames says that you know" in words(nobody.get(theirs))
    nobody.post(f"{theirs}{inquiry_id}/", {"answer": "unknown"})
    assert [act for act, _answer, _words in steps()] == ["delegate", "answer"]


def test_every_open_question_of_a_person_is_answered_from_one_page(world, nobody):
    first = ask(world)
    link = link_of()
    second = ask(world, claim=ready_second(world), deal="Fabrikam")
    assert "1 more question waits for you" in words(nobody.get(link))
    page = nobody.get(f"{link}all/")
    assert "Contoso" in words(page)
    assert "Fabrikam" in words(page)

    for inquiry_id, answer in ((first, "confirm"), (second, "not_mine")):
        done = nobody.post(f"{link}{inquiry_id}/", {"answer": answer, "back": "all"})
        assert done.headers["Location"] == f"{link}all/"

    assert "Nothing waits for you" in words(nobody.get(f"{link}all/"))
    # What was answered there may be changed there, until it is decided or due.
    assert "You answered: Not my deal" in words(nobody.get(f"{link}{second}/"))
    nobody.post(f"{link}{second}/", {"answer": "unknown"})
    given = [answer for _act, answer, _words in steps()]
    assert sorted(given) == ["confirm", "not_mine", "unknown"]


def test_guessing_is_limited_and_ends_with_its_time(world, nobody):
    ask(world)
    link = link_of()
    assert {nobody.get(f"/answer/guess{n}/").status_code for n in range(MISSES_MAX)} == {404}

    assert nobody.get("/answer/one-more/").status_code == 429
    assert nobody.get(link).status_code == 429, "a right guess would look the same"
    assert Client(REMOTE_ADDR="192.0.2.7").get(link).status_code == 200
    cache.clear()
    assert nobody.get(link).status_code == 200


def test_the_secret_never_reaches_a_log_line(world, nobody):
    ask(world)
    secret = link_of().split("/")[2]
    handler = next(
        each for each in logging.getLogger().handlers
        if any(isinstance(one, MaskLinks) for one in each.filters)
    )  # fmt: skip
    kept, before = io.StringIO(), handler.stream
    handler.stream = kept
    try:
        nobody.get(f"/answer/{secret}x/")
        nobody.put(f"/answer/{secret}/")
        logging.getLogger("django.request").error("failed %s", f"/answer/{secret}/all/?a=1")
        try:
            raise ValueError(f"http://localhost/answer/{secret}/")
        except ValueError:
            logging.getLogger("x").exception("broken")
    finally:
        handler.stream = before

    assert "/answer/***/" in kept.getvalue()
    assert secret not in kept.getvalue()
    assert masked(f"/join/{secret}/ /answers/{secret}") == f"/join/***/ /answers/{secret}"


def test_the_mailbox_shows_no_link_that_answers(world):
    ask(world)
    olive = signed_in("olive")
    with acting_as(staff()):
        row = OutboxMessage.objects.get(template="inquiry-asked")

    page = olive.get(reverse("console:mail", args=[row.id]))

    assert "/answer/" not in page.content.decode()


def signed_in(name):
    client = Client()
    assert client.login(email=f"{name}@vendor.example", password=PASSWORD)
    return client


def test_the_review_page_asks_shows_and_takes_back(world, nobody):
    olive = signed_in("olive")
    review = reverse("console:submission", args=[world.claim])
    assert "Nobody was asked yet" in words(olive.get(review))
    act = reverse("console:submission_inquire", args=[world.claim])
    given = {
        "name": "Ann Ames", "email": "ann@elsewhere.example", "deal": "Contoso",
        "question": "They ran the workshop.",
    }  # fmt: skip
    refused = olive.post(act, given)
    assert refused.status_code == 422
    assert "vendor.example" in words(refused)
    assert olive.post(act, {**given, "email": "ann@vendor.example"}).status_code == 302
    again = olive.post(act, {**given, "email": "ann@vendor.example"})
    assert (again.status_code, "was asked already" in words(again)) == (422, True)
    nobody.post(action_of(nobody.get(link_of())), {"answer": "dispute", "words": "Came late."})

    said = words(olive.get(review))

    for expected in ("Ann Ames", "ann@vendor.example answered Dispute: Came late.", "Contoso"):
        assert expected in said
    with acting_as(staff()):
        (found,) = get_submission(world.claim, by=world.operations, at=ASKED).inquiries
    back = reverse("console:inquiry_revoke", args=[found.inquiry_id])
    assert olive.post(back, {"reason": ""}).status_code == 422
    assert olive.post(back, {"reason": "Wrong deal."}).status_code == 302
    assert olive.post(back, {"reason": "Wrong deal."}).status_code == 409
    assert "Taken back" in words(olive.get(review))
    assert signed_in("max").post(act, given).status_code == 403
    assert olive.get(reverse("console:inquiry_revoke", args=["inq_none"])).status_code == 404


def test_a_late_answer_is_an_alarm_in_the_queue_and_at_home(world, monkeypatch):
    ask(world)
    monkeypatch.setattr(Clock, "moment", DUE - timedelta(minutes=1))
    olive = signed_in("olive")
    assert "Account executive has not answered" not in words(olive.get(reverse("console:queue")))
    monkeypatch.setattr(Clock, "moment", DUE)

    assert "Account executive has not answered" in words(olive.get(reverse("console:queue")))
    home = words(olive.get(reverse("console:home")))
    assert "Account executives have not answered in time" in home
    review = words(olive.get(reverse("console:submission", args=[world.claim])))
    assert "No answer in time" in review


def test_planted_link_that_opens_any_question_is_seen(world, nobody, monkeypatch):
    from counterfoil.interfaces.web import inquiries

    monkeypatch.setattr(
        inquiries.flow, "question_of",
        lambda link, inquiry_id, at: inquiries.flow.get_inquiry(inquiry_id),
    )  # fmt: skip

    with pytest.raises(AssertionError):
        test_a_link_opens_no_other_submission(world, nobody)


def test_planted_guessing_without_a_limit_is_seen(world, nobody, monkeypatch):
    monkeypatch.setattr("counterfoil.interfaces.web.inquiries.note_miss", lambda request: None)

    with pytest.raises(AssertionError):
        test_guessing_is_limited_and_ends_with_its_time(world, nobody)


def test_planted_log_that_masks_nothing_is_seen(world, nobody, monkeypatch):
    monkeypatch.setattr("counterfoil.foundation.quiet.masked", lambda text: text)

    with pytest.raises(AssertionError):
        test_the_secret_never_reaches_a_log_line(world, nobody)


def test_a_german_browser_reads_german_throughout(world, nobody):
    ask(world)
    link = link_of()
    german = {"HTTP_ACCEPT_LANGUAGE": "de"}
    page = nobody.get(link, **german)
    said = words(page) + words(nobody.get(f"{link}all/", **german))
    said += words(nobody.get(f"{action_of(page)}pass-on", **german))
    said += words(nobody.get("/answer/none/", **german))

    for expected in (
        "Hat Alpine Systems bei Contoso, 40 seats mitgewirkt?", "Bestätigen", "Bestreiten",
        "Nicht mein Geschäft", "Ich weiß es nicht", "Antwort bis", "Frage weitergeben",
        "Dieser Link ist nicht von uns",
    ):  # fmt: skip
        assert expected in said
    for english in ("Answer by", "What the partner", "Reason or note", "Colleague", "Back"):
        assert english not in said
