"""Pages as a browser without script reads them: forms with what stands in them, what is said."""

from lxml import html


def tree(response):
    """This will parse a page."""
    return html.fromstring(response.content)


def words(response) -> str:
    """This will return the text of a page, blanks made one."""
    return " ".join(tree(response).text_content().split())


def fields_of(response, *, action: str = "") -> dict[str, str]:
    """This will return what a form would send, file fields left out, as a browser builds it."""
    forms = [
        form
        for form in tree(response).xpath("//main//form")
        if not action or form.get("action", "") == action
    ]
    found = {}
    for control in forms[0].xpath(".//input | .//select | .//textarea"):
        name, kind = control.get("name"), control.get("type", "")
        if not name or kind in {"file", "submit"} or control.get("disabled") is not None:
            continue
        if kind in {"radio", "checkbox"} and control.get("checked") is None:
            continue
        value = control.value if control.tag != "input" else control.get("value", "")
        found[name] = value or ""
    return found


def file_fields_of(response) -> list[str]:
    """This will return the names of the file fields of a page."""
    return [each.get("name") for each in tree(response).xpath("//main//input[@type='file']")]


def missing_of(response) -> list[str]:
    """This will return what the page says is missing."""
    return [
        each.text_content().strip()
        for each in tree(response).xpath("//*[@aria-labelledby='missing-h']//li")
    ]


def errors_of(response) -> list[str]:
    """This will return the errors at fields."""
    return [each.text_content().strip() for each in tree(response).xpath("//p[@class='error']")]


def anchors_of(response) -> set[str]:
    """This will return the anchors that a page links to within itself."""
    return {
        each.get("href")[1:] for each in tree(response).xpath("//main//a[starts-with(@href, '#')]")
    }


def ids_of(response) -> set[str]:
    """This will return every id of a page."""
    return set(tree(response).xpath("//@id"))
