"""Payment files against the schema that ISO published; the schemas come with `sepaxml`."""

from functools import cache
from importlib.resources import files

from lxml import etree

from counterfoil.core.bankfiles.said import BadPaymentFile

_SHOWN = 5


def check_schema(content: bytes, *, version: str) -> None:
    """Return when the bytes fit the schema of `version`. Raises BadPaymentFile with the lines."""
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        document = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise BadPaymentFile(f"The file is no XML: {error}") from None
    schema = _schema(version)
    if not schema.validate(document):
        found = [f"line {each.line}: {each.message}" for each in schema.error_log][:_SHOWN]
        raise BadPaymentFile(f"The file does not fit {version}: {'; '.join(found)}")


@cache
def _schema(version: str) -> etree.XMLSchema:
    source = files("sepaxml").joinpath("schemas", f"{version}.xsd")
    return etree.XMLSchema(etree.fromstring(source.read_bytes()))
