"""List every component with version and licence, as CycloneDX: make/sbom.py OUT [DPKG].

The list has the packages of this Python and, with DPKG (in the image,
/var/lib/dpkg/status), Debian's packages. Two runs on one machine give the same bytes.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name

LONGEST_NAME = 60
"""Some packages have the text of the licence instead of its name."""

Component = dict[str, Any]


def main(arguments: list[str]) -> None:
    """Write the list and print its length."""
    out = Path(arguments[0])
    found = list(python_packages(distributions()))
    if len(arguments) > 1:
        status = Path(arguments[1])
        found += debian_packages(status.read_text(), Path("/usr/share/doc"))
    stamp = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
    text = json.dumps(document(found, time.strftime("%Y-%m-%dT%H:%M:%SZ", stamp)))
    part = out.with_name(f".{out.name}.part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(out)
    nameless = [each["name"] for each in found if not each["licenses"]]
    print(f"Components: {out} ({len(found)})")
    if nameless:
        sys.exit(f"sbom: no licence is stated by: {', '.join(nameless)}")


def document(components: list[Component], timestamp: str) -> dict[str, Any]:
    """Return the document, in the format CycloneDX 1.6."""
    own = {"type": "application", "name": "value-scaling", "bom-ref": "value-scaling"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": timestamp, "component": own},
        "components": components,
    }


def python_packages(found: Iterable[Distribution]) -> Iterator[Component]:
    """Yield a component for each package except this project, sorted by name."""
    named = {canonicalize_name(each.metadata["Name"]): each for each in found}
    for name, each in sorted(named.items()):
        if name != "value-scaling":
            purl = f"pkg:pypi/{name}@{each.version}"
            yield component(name, each.version, purl, [*_python_licences(each)])


def _python_licences(package: Distribution) -> Iterator[str]:
    """Yield the stated licence, or else the licences of the classifiers."""
    fields = package.metadata.json  # names in lower case
    stated = fields.get("license_expression") or fields.get("license") or ""
    stated = str(stated).strip()
    if stated not in ("", "UNKNOWN") and len(stated) <= LONGEST_NAME:
        yield stated
        return
    for classifier in fields.get("classifier", []):
        if classifier.startswith("License :: "):
            yield classifier.rpartition(" :: ")[2]


def debian_packages(status: str, documents: Path) -> Iterator[Component]:
    """Yield a component for each installed package of a dpkg status file."""
    for stanza in status.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Version|Status): (.+)$", stanza, re.M))
        if fields.get("Status", "").endswith(" installed"):
            name, version = fields["Package"], fields["Version"]
            copyright_file = documents / name / "copyright"
            purl = f"pkg:deb/debian/{name}@{version}"
            yield component(name, version, purl, _debian_licences(copyright_file))


def _debian_licences(copyright_file: Path) -> list[str]:
    if not copyright_file.exists():
        return []
    text = copyright_file.read_text(encoding="utf-8", errors="replace")
    stated = re.findall(r"^License: *(\S.*?) *$", text, re.M)
    shared = re.findall(r"/usr/share/common-licenses/([\w.+-]*\w)", text)
    return sorted({*stated, *shared}) or [f"see {copyright_file}"]


def component(name: str, version: str, purl: str, licences: list[str]) -> Component:
    """Return one entry; if SPDX knows the licence, with its SPDX name."""
    licences = [_spdx(licence) or licence for licence in licences]
    if len(licences) == 1 and _spdx(licences[0]):
        told: list[Any] = [{"expression": licences[0]}]
    else:
        told = [{"license": {"name": licence}} for licence in licences]
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "licenses": told,
    }


def _spdx(licence: str) -> str | None:
    try:
        return str(canonicalize_license_expression(licence))
    except InvalidLicenseExpression:
        return None


if __name__ == "__main__":
    main(sys.argv[1:])
