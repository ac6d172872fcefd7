"""What the locks bring in: checksums on every line, licences, and a bill of materials that stays the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from supply import advisories, licences, sbom
from supply.locks import AUDIT, CLUSTER, DEVELOP, ENGINE, ROOT, RUN, read_lock

LOCKS = [RUN, DEVELOP, AUDIT, ENGINE, CLUSTER]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_with_checksums(lock):
    """One version each, the checksum of every file, and no address: the same bytes from whatever index pip knows."""
    packages = read_lock(lock)
    assert len(packages) > 20
    assert [each.name for each in packages if not each.checksums] == []
    assert "://" not in lock.read_text()
    assert not re.search(r"^-", lock.read_text(), re.M)


def test_what_runs_is_developed_with():
    """Both locks name the same versions, so that what is tested is what runs."""
    assert set(read_lock(RUN)) <= set(read_lock(DEVELOP))


def test_the_engine_has_a_part_of_what_runs():
    """The same versions and checksums, without what the console alone needs."""
    engine, every = read_lock(ENGINE), read_lock(RUN)
    assert set(engine) < set(every)
    assert {"bcrypt", "cryptography", "authlib", "fido2"} <= {each.name for each in set(every) - set(engine)}


def test_a_cluster_has_what_the_engine_has_and_dask():
    """The same versions and checksums as what is tested."""
    cluster = set(read_lock(CLUSTER))
    assert set(read_lock(ENGINE)) < cluster <= set(read_lock(DEVELOP))
    assert "distributed" in {each.name for each in cluster}


def test_make_installs_with_checksums_alone():
    """No lock is installed in another way."""
    installs = [
        line for line in (ROOT / "Makefile").read_text().splitlines() if "-r requirements" in line or "-r $<" in line
    ]
    assert len(installs) == 3
    assert all("--require-hashes" in line for line in installs)


def test_a_line_of_another_form_is_not_passed_over(tmp_path):
    """An option, an address or a package without a version in a lock is an error."""
    for line in ("--extra-index-url https://x.example", "requests", "x @ https://x.example/x.whl"):
        (tmp_path / "lock.txt").write_text(line + "\n")
        with pytest.raises(ValueError, match="neither a package"):
            read_lock(tmp_path / "lock.txt")


def test_every_licence_is_listed():
    """The page has a row for each locked package and version, no other rows, and a licence in each."""
    known = licences.known_licences(licences.PAGE.read_text())
    locked = {package.purl for lock in LOCKS for package in read_lock(lock)}
    assert set(known) == locked, "run make licences"
    assert licences.page(known) == licences.PAGE.read_text()


def test_the_bill_of_materials_is_whole_and_stays_the_same(tmp_path):
    """CycloneDX 1.6: each package that runs, with licence and checksums; written twice, the same bytes."""
    for name in ("one.json", "two.json"):
        sbom.write(tmp_path / name)
    first = (tmp_path / "one.json").read_bytes()
    assert first == (tmp_path / "two.json").read_bytes()
    bill = json.loads(first)
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"])
    packages = read_lock(RUN)
    assert [each["purl"] for each in bill["components"]] == [package.purl for package in packages]
    for component, package in zip(bill["components"], packages, strict=True):
        (reference,) = component["externalReferences"]
        assert tuple(each["content"] for each in reference["hashes"]) == package.checksums
        assert component["licenses"][0]["license"]["name"]
    references = {each["bom-ref"] for each in [bill["metadata"]["component"], *bill["components"]]}
    assert {each["ref"] for each in bill["dependencies"]} <= references
    assert set(bill["dependencies"][0]["dependsOn"]) <= references
    assert "timestamp" not in first.decode()


VULNERABLE = {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"], "aliases": []}]}
CLEAN = {"name": "b", "version": "1", "vulns": []}
SKIPPED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([CLEAN, CLEAN], 0, "2 packages were looked up, and nothing is known"),
        ([CLEAN, VULNERABLE], 1, "a 1: PYSEC-1. Mended in: 2."),
        ([CLEAN, SKIPPED], 2, "1 of 2 packages could not be looked up"),
        ([VULNERABLE, SKIPPED], 1, "1 of 2 packages could not be looked up"),
        ([SKIPPED, SKIPPED], 2, "nothing was checked"),
        (None, 2, "nothing was checked"),
    ],
)
def test_what_was_not_asked_is_not_called_clean(packages, code, words):
    """A source that cannot be reached, or knows none of the packages, is said and is no success."""
    found, sentences = advisories.judge("" if packages is None else json.dumps({"dependencies": packages}))
    assert found == code
    assert words in " ".join(sentences)


def test_an_advisory_client_that_fails_is_told(tmp_path, capsys):
    """A program that ends with an error and writes nothing: one plain sentence."""
    program = tmp_path / "pip-audit"
    program.write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
    program.chmod(0o755)
    assert advisories.main(Path(program)) == 2
    assert capsys.readouterr().out == advisories.NOT_ASKED + "\n"
