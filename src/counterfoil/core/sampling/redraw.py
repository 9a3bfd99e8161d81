"""An exported sample drawn again from its exported population and plan."""

import json
from collections.abc import Mapping

from counterfoil.core.canonical import sha256_hex
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
    except (KeyError, TypeError, ValueError) as error:
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
