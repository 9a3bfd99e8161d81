"""An exported sample drawn again from its exported population and plan."""

import base64
import json
from collections.abc import Mapping

from counterfoil.core.canonical import sha256_hex
from counterfoil.core.notes import Check, NoteKey, parse_note
from counterfoil.core.sampling.drawing import BadPlan, Item, plan_from_json, select


def redraw_differences(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return what differs when the sample of a pack is drawn again, and files that were changed.

    Empty is the same. Raises BadPlan for what is no pack of a dry-run audit.
    """
    try:
        manifest = json.loads(files["manifest.json"])["files"]
        population = json.loads(files["population.json"])
        sample = json.loads(files["sample.json"])
        items = [
            Item(str(each["decision"]), int(each["minor"]), str(each["playbook"]))
            for each in population["items"]
        ]
        kept = [
            (str(each["id"]), str(each["stratum"]), bool(each["is_certain"]))
            for each in sample["drawn"]
        ]
        stated = str(sample["population_sha256"])
        hashes = {str(name): str(said["sha256"]) for name, said in manifest.items()}
        plan = plan_from_json(sample["plan"])
    except (LookupError, AttributeError, TypeError, ValueError) as error:
        if isinstance(error, BadPlan):
            raise
        raise BadPlan("pack", f"This is no pack of a dry-run audit: {error!r}.") from None
    found = [
        f"{name} does not have the hash of the manifest"
        for name, sha256 in sorted(hashes.items())
        if name not in files or sha256_hex(files[name]) != sha256
    ]
    beyond = set(files) - set(hashes) - {"manifest.json", "manifest.sig"}
    found += [f"{name} is not in the manifest" for name in sorted(beyond)]
    if sha256_hex(files["population.json"]) != stated:
        found.append("the population is not the one that the sample was drawn from")
    drawn = [(each.id, each.stratum, each.is_certain) for each in select(items, plan)]
    if drawn != kept:
        found.append(f"the plan draws {len(drawn)} items, and not those {len(kept)} of the sample")
    return tuple(found)


def signer_of(files: Mapping[str, bytes], *, label: str, check: Check) -> str:
    """Return the fingerprint of the key that signed a pack's manifest, "" when none did.

    Compare it with the one that you were given apart from the pack: whoever makes a pack of their
    own signs it with a key of their own. Raises BadPlan for what is no pack.
    """
    try:
        manifest = json.loads(files["manifest.json"])
        note = parse_note(files["manifest.sig"].decode())
        keys = [
            NoteKey(str(each["name"]), _public_key(str(each["verifier_key"])))
            for each in json.loads(files["keys.json"])["keys"]
        ]
        text = f"{manifest['origin']}/{label}\n{sha256_hex(files['manifest.json'])}\n"
    except (LookupError, AttributeError, TypeError, ValueError) as error:
        raise BadPlan("pack", f"This is no signed pack of a dry-run audit: {error!r}.") from None
    if note.text != text:
        return ""
    return next((key.fingerprint for key in keys if note.is_signed_by(key, check)), "")


def _public_key(verifier_key: str) -> bytes:
    """Return the 32 bytes of a verifier key (name+id+base64 of algorithm and key)."""
    return base64.b64decode(verifier_key.split("+", 2)[2], validate=True)[1:]
