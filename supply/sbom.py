"""The bill of materials: what runs with the console, as CycloneDX 1.6 in JSON. The same lock gives the same bytes.

python -m supply.sbom FILE
"""

from __future__ import annotations

import argparse
import json
import tomllib
import uuid
from pathlib import Path

from supply.licences import PAGE, known_licences
from supply.locks import ROOT, RUN, Locked, licence_of, read_lock


def bill() -> dict[str, object]:
    """The document; it holds no time, and its number follows from what it says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    known = known_licences(PAGE.read_text(encoding="utf-8"))
    packages = read_lock(RUN)
    name = f"{project['name']}@{project['version']}"
    components = [component(package, known.get(package.purl) or licence_of(package)) for package in packages]
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([name, components], sort_keys=True))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": name,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"name": project["license"]}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": name, "dependsOn": [package.purl for package in packages]}],
    }


def component(package: Locked, licence: str) -> dict[str, object]:
    """One package. Any of its files may be installed, so their checksums stand with how it is distributed."""
    hashes = [{"alg": "SHA-256", "content": checksum} for checksum in package.checksums]
    marker = [{"name": "python:marker", "value": package.marker}] if package.marker else []
    return {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "licenses": [{"license": {"name": licence}}],
        "externalReferences": [{"type": "distribution", "url": package.purl, "hashes": hashes}],
        "properties": marker,
    }


def write(path: Path) -> None:
    """Write the document."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(bill(), indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    write(parser.parse_args().file)
