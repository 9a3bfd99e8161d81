"""Asking for an address as somebody, and looking for what is not theirs in the answer."""

import hashlib
import io
from dataclasses import dataclass

from django.test import Client
from django.urls import reverse

from counterfoil.core.actors import Actor
from tests.crawl.routes import Route
from tests.crawl.stage import Side, Stage, tokens_in

ABSENT = "zzz_absent"


@dataclass(frozen=True)
class Answer:
    """What came back: status and all bytes that a person could read."""

    status: int
    content: bytes


def client_of(actor: Actor | None, *, enforce_csrf_checks: bool = False) -> Client:
    """This will return a browser in which the person is signed in; None is nobody."""
    client = Client(enforce_csrf_checks=enforce_csrf_checks, raise_request_exception=False)
    if actor is not None:
        from counterfoil.apps.access.models import User

        user = User.objects.get(pk=actor.user_pk)
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def address_of(name: str, route: Route, stage: Stage, side: Side | None) -> str:
    """This will fill an address with the objects of a side; None fills it with absent ones."""
    values: dict[str, str] = {}
    for argument, source in route.arguments.items():
        if source.startswith("="):
            values[argument] = source[1:]
        elif side is None:
            values[argument] = ABSENT
        elif source == "partner":
            values[argument] = side.partner_id
        else:
            values[argument] = side.ids.get(source) or stage.shared[source]
    return reverse(name, kwargs=values)


def names_partners_object(route: Route, side: Side) -> bool:
    """This will tell whether the address names something that belongs to one partner."""
    return any(source in side.ids or source == "partner" for source in route.arguments.values())


def ask(client: Client, method: str, address: str) -> Answer:
    """This will send a request and read the whole answer, headers and PDF text included."""
    response = client.get(address) if method == "GET" else client.post(address)
    parts = response.streaming_content if response.streaming else [response.content]
    body = b"".join(parts)  # type: ignore[arg-type]
    if response.headers.get("Content-Type", "").startswith("application/pdf"):
        body += _pdf_text(body)
    headers = "\n".join(f"{key}: {value}" for key, value in response.headers.items())
    return Answer(response.status_code, headers.encode() + b"\n\n" + body)


def leaks_in(answer: Answer, *, own: str, others: list[Side], asked: str = "") -> list[str]:
    """This will list tokens, ids and files in an answer that are not of the letter `own`.

    The ids in the address `asked` were known to the person before.
    """
    found = [mark for letter, mark in tokens_in(answer.content) if letter != own]
    body = answer.content.split(b"\n\n", 1)[1]
    for side in others:
        found += [
            f"{kind} {value}"
            for kind, value in side.ids.items()
            if value not in asked and "/" not in value and value.encode() in body
        ]
        if hashlib.sha256(body).hexdigest() in side.file_hashes:
            found.append(f"a file of {side.letter}")
    return found


def _pdf_text(body: bytes) -> bytes:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(body))
    return "\n".join(page.extract_text() for page in reader.pages).encode()
