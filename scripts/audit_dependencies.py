"""Known vulnerabilities in what uv.lock pins, asked of the advisories that `uv audit` asks (osv.dev).

usage: audit_dependencies.py [--service URL] [--required] [--project FOLDER]

Ends with 1 if there are any. Where the advisories can't be asked (no network, a service that is down) it says so in
capitals and ends with 0, so that one can work on a train; with --required it ends with 1 then, too.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
OSV = "https://api.osv.dev/"
_FOUND = 1
_PREVIEWS = "audit-command,json-output"


def main() -> int:
    """The command; gives its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--service", default=os.environ.get("ADVISORIES", OSV), help="another service, in OSV's format")
    parser.add_argument("--required", action="store_true", help="fail where the advisories can't be asked")
    parser.add_argument("--project", type=Path, default=ROOT, help="the folder with uv.lock")
    given = parser.parse_args()
    service = given.service.rstrip("/") + "/"
    done = subprocess.run(  # noqa: S603  # our own tool; the arguments are the caller's own
        [
            *(str(ROOT / ".tools" / "bin" / "uv"), "audit", "--frozen", "--project", str(given.project)),
            *("--preview-features", _PREVIEWS, "--output-format", "json", "--service-url", service),
        ],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode in {0, _FOUND} and (report := _report(done.stdout)) is not None:
        return _told(report)
    # Any failure that names the service's address: no network, an error of the service's, an answer in another format.
    if f"url ({service}" in " ".join(done.stderr.split()):
        print(f"NOT AUDITED: the advisories at {service} can't be asked. Dependencies may have known vulnerabilities.")
        print(done.stderr.strip())
        return int(given.required)
    print(done.stderr.strip() or done.stdout.strip())
    return done.returncode or 1


def _report(said: str) -> dict[str, Any] | None:
    try:
        report = json.loads(said)
    except ValueError:
        return None
    return report if isinstance(report, dict) and isinstance(report.get("vulnerabilities"), list) else None


def _told(report: dict[str, Any]) -> int:
    """Print what was found; 1 where that is something."""
    for each in report["vulnerabilities"]:
        at = each["dependency"]
        fixed = ", ".join(each["fix_versions"]) or "none yet"
        print(f"{at['name']} {at['version']}: {each['id']} {each['summary'] or ''} (fixed in: {fixed}) {each['link']}")
    for each in report.get("adverse_statuses", ()):
        print(f"withdrawn or the like: {json.dumps(each)}")
    found = len(report["vulnerabilities"]) + len(report.get("adverse_statuses", ()))
    print(f"{report['summary']['audited_packages']} packages audited, {found} known problems")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
