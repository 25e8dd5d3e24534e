"""Real programs for the tests: found on the machine, or taken out of Debian's packages into `var/debian/`, where nothing
of them is installed or started. None is an error, never a skip. Prints where they are.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "var" / "debian"
PACKAGES = {
    "nginx": ("nginx", "nginx-common"),
    "caddy": ("caddy",),
    "openssl": ("openssl",),
    "systemd-analyze": ("systemd", "libsystemd-shared"),
    "pspp": ("pspp",),
    "R": ("r-base-core",),
    "apache2": ("apache2-bin", "libapache2-mod-auth-openidc"),
}
WITH_LIBRARIES = ("pspp", "R", "apache2")
"""Programs of which the machine may lack libraries, too."""
BESIDE = {"apache2": "lib/apache2/modules/mod_auth_openidc.so"}
"""What must be beside a program, below the folder that both are in."""
LIBRARIES = FOLDER / "usr" / "lib" / "x86_64-linux-gnu" / "systemd"
"""Where systemd keeps what its programs share."""


def program(name: str) -> Path:
    """The program, fetched where there is none. `NGINX`, `CADDY`, `OPENSSL`, `SYSTEMD_ANALYZE`, `PSPP`, `R` and
    `APACHE2` name one."""
    path = found(name)
    if path is None:
        _fetch(name)
        path = found(name)
    if path is None:
        raise SystemExit(
            f"No {name} could be had. Install it by hand (Debian: apt-get install {' '.join(PACKAGES[name])}), or name the program: "
            f"{_variable(name)}=/path/to/{name} make test"
        )
    return path


def found(name: str) -> Path | None:
    """The program, if it is here already."""
    named = os.environ.get(_variable(name))
    here = [Path(path) for path in (shutil.which(name), shutil.which(f"/usr/sbin/{name}")) if path]
    taken_out = [FOLDER / "usr" / folder / name for folder in ("bin", "sbin")]
    return next((path for path in ([Path(named)] if named else [*here, *taken_out]) if _is_whole(name, path)), None)


def _is_whole(name: str, path: Path) -> bool:
    return path.exists() and (name not in BESIDE or (path.parents[1] / BESIDE[name]).exists())


def libraries(program: Path) -> dict[str, str]:
    """What the environment of a program that was taken out of packages says of its libraries."""
    if not program.is_relative_to(FOLDER):
        return {}
    folders = {path.parent for path in FOLDER.glob("usr/lib/**/*.so*") if "/R/library/" not in str(path)}
    return {"LD_LIBRARY_PATH": ":".join(map(str, sorted(folders)))}


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")


def mime_types(nginx: Path) -> Path:
    """The file of types that comes with a server."""
    places = (nginx.parents[2] / "etc" / "nginx" / "mime.types", Path("/etc/nginx/mime.types"))
    return next(path for path in places if path.exists())


def _fetch(name: str) -> None:
    """Takes the packages apart beside the checkout; only Debian's lists may need root."""
    if not shutil.which("apt-get"):
        return
    print(f"Fetching {name}, which tests need ...", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    download = FOLDER / "packages"
    download.mkdir(parents=True, exist_ok=True)
    if subprocess.run(_download(name), cwd=download, **quiet).returncode:  # type: ignore[call-overload]
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        subprocess.run([*as_root, "apt-get", "-qq", "update"], **quiet)  # type: ignore[call-overload]
        subprocess.run(_download(name), cwd=download, **quiet)  # type: ignore[call-overload]
    for package in download.glob("*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(FOLDER)], check=True, timeout=60)
        package.unlink()


def _download(name: str) -> list[str]:
    return ["apt-get", "-qq", "download", *{*PACKAGES[name], *(_lacking(name) if name in WITH_LIBRARIES else ())}]


def _lacking(name: str) -> list[str]:
    """What Debian would install here with a program."""
    install = ["apt-get", "-s", "install", "--no-install-recommends", *PACKAGES[name]]
    told = subprocess.run(install, capture_output=True, text=True, timeout=120).stdout
    return re.findall(r"^Inst (\S+)", told, re.MULTILINE)


if __name__ == "__main__":
    for each in PACKAGES:
        print(f"{each}: {program(each)}")
    sys.exit(0)
