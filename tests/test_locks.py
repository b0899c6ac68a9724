"""The locks, the package's requirements and the conda file agree."""

import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PLATFORMS = [
    {"sys_platform": system, "platform_machine": machine}
    for system in ("linux", "darwin")
    for machine in ("x86_64", "aarch64")
]
LOCKS = ("cpu.txt", "cuda12.txt", "extras.txt")
PEERS = "peers.txt"
"""The lock of another environment, which `make peers` makes."""


def environment(**changes: str) -> dict[str, str]:
    python = {"python_version": "3.11", "python_full_version": "3.11.2"}
    implementation = {
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return python | implementation | {"extra": ""} | changes


def entries(path: Path) -> list[str]:
    """The requirements of a lock, each with its hashes, as one line."""
    text = re.sub(r"(?m)^ *#.*\n?", "", path.read_text()).replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip()]


def pins(root: Path, *, lock: str) -> dict[str, Requirement]:
    """Return the pin of each package that applies to some platform."""
    found = {}
    for entry in entries(root / "code" / "locks" / lock):
        pin = Requirement(entry.split("--hash", 1)[0].strip())
        marker = pin.marker
        if marker is None or any(
            marker.evaluate(environment(**platform)) for platform in PLATFORMS
        ):
            name = canonicalize_name(pin.name)
            assert name not in found, f"{name} twice in {lock}"
            found[name] = pin
    return found


def version(pin: Requirement) -> Version:
    (specifier,) = pin.specifier
    return Version(specifier.version)


@pytest.fixture(scope="module")
def project(root: Path) -> dict:
    return tomllib.loads((root / "code" / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("lock", (*LOCKS, PEERS))
def test_every_line_is_pinned_and_hashed(lock: str, root: Path) -> None:
    lines = entries(root / "code" / "locks" / lock)
    assert lines
    for line in lines:
        assert re.fullmatch(
            r"[a-z0-9-]+==[\w.]+( ; .+?)?( +--hash=sha256:[0-9a-f]{64})+", line
        ), line


@pytest.mark.parametrize("lock", (*LOCKS, PEERS))
def test_no_address_is_in_a_lock(lock: str, root: Path) -> None:
    text = (root / "code" / "locks" / lock).read_text()
    assert not re.search(r"://|index-url|find-links|@ |\.(org|com|io)\b", text)


def test_the_other_locks_only_add_to_the_cpu_lock_and_go_together(root: Path) -> None:
    cpu, cuda, extras = (pins(root, lock=lock) for lock in LOCKS)
    assert not cpu.keys() & (cuda.keys() | extras.keys())
    assert not cuda.keys() & extras.keys()
    assert version(cuda["jax-cuda12-plugin"]) == version(cpu["jax"])


def test_peers_have_the_simulators_and_jax_of_our_side(root: Path) -> None:
    ours, peers = pins(root, lock="cpu.txt"), pins(root, lock=PEERS)
    assert {"gymnasium", "mujoco", "jax", "flax", "optax", "numpy"} <= peers.keys()
    for name in ours.keys() & peers.keys():
        assert version(ours[name]) == version(peers[name]), name
    wanted = (root / "code" / "agreement" / "peers.in").read_text()
    lines = [line.split("#")[0].strip() for line in wanted.splitlines()]
    for requirement in map(Requirement, filter(None, lines)):
        pin = peers[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version(pin)), requirement


def test_the_locks_satisfy_every_requirement(root: Path, project: dict) -> None:
    extras = project["optional-dependencies"]
    locked = pins(root, lock="cpu.txt")
    required = project["dependencies"] + extras["train"] + extras["dev"]
    for names, wanted in (
        (locked, required),
        (locked | pins(root, lock="cuda12.txt"), extras["cuda12"]),
        (locked | pins(root, lock="extras.txt"), extras["extras"]),
    ):
        for requirement in map(Requirement, wanted):
            pin = names[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version(pin)), requirement


def test_the_build_backend_is_locked_so_that_setup_fetches_nothing_else(
    root: Path,
) -> None:
    table = tomllib.loads((root / "code" / "pyproject.toml").read_text())
    locked = pins(root, lock="cpu.txt")
    for requirement in map(Requirement, table["build-system"]["requires"]):
        pin = locked[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version(pin))


def test_mujoco_stays_below_4_for_dm_control_fails_with_it(root: Path) -> None:
    assert version(pins(root, lock="cpu.txt")["mujoco"]) < Version("4")


def test_the_conda_file_takes_its_packages_from_the_lock(root: Path) -> None:
    conda = yaml.safe_load((root / "environment.yml").read_text())
    plain = [entry for entry in conda["dependencies"] if isinstance(entry, str)]
    (pip,) = [entry for entry in conda["dependencies"] if isinstance(entry, dict)]
    assert plain == ["python=3.11", "pip", "make"]
    assert pip == {"pip": ["-r code/locks/cpu.txt"]}


def test_one_python_version_everywhere(root: Path, project: dict) -> None:
    assert project["requires-python"] == "==3.11.*"
    tools = tomllib.loads((root / "code" / "pyproject.toml").read_text())["tool"]
    assert tools["ruff"]["target-version"] == "py311"
    assert tools["mypy"]["python_version"] == "3.11"
    assert "python=3.11" in (root / "environment.yml").read_text()
    assert "--python-version 3.11 " in (root / "Makefile").read_text()
    assert "(3, 11)" in (root / "make" / "setup.sh").read_text()
    workflow = yaml.safe_load((root / ".github/workflows/ci.yml").read_text())
    versions = [
        step["with"]["python-version"]
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if "python-version" in step.get("with", {})
    ]
    assert set(versions) == {"3.11"}


def test_actions_are_pinned_by_commit(root: Path) -> None:
    workflow = (root / ".github" / "workflows" / "ci.yml").read_text()
    used = re.findall(r"uses: (\S+)", workflow)
    assert used
    assert all(re.search(r"@[0-9a-f]{40}$", action) for action in used)


def test_tests_that_the_workflow_names_exist(root: Path) -> None:
    workflow = (root / ".github" / "workflows" / "ci.yml").read_text()
    named = re.findall(r"\btests/[\w/.]+", workflow)
    assert named
    assert [name for name in named if not (root / name).exists()] == []


def test_setup_tells_which_python_is_missing(root: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.1\nexit 1\n')
    python.chmod(0o755)
    done = subprocess.run(
        [root / "make" / "setup.sh", venv, root / "code" / "locks" / "cpu.txt"],
        env={"PATH": "/usr/bin:/bin", "BASE_PYTHON": str(python)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "Python 3.11 not found" in done.stderr
    assert "Python 3.9.1" in done.stderr
    assert not venv.exists()


def test_a_setup_that_fails_leaves_no_stamp(root: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(f"value-scaling-has-no-such-package==1 --hash=sha256:{'0' * 64}\n")
    done = subprocess.run(
        [root / "make" / "setup.sh", tmp_path / "venv", lock],
        env={"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
    )
    if "no venv module" in done.stderr or "not found (" in done.stderr:
        pytest.skip("the system has no Python 3.11 with venv")
    assert done.returncode == 2
    assert "not complete" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["lock.txt", "venv.lock"]


def test_an_empty_lock_is_said(root: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    for text in ("", "# nothing\n", None):
        lock.unlink() if text is None else lock.write_text(text)
        done = subprocess.run(
            [root / "make" / "setup.sh", tmp_path / "venv", lock],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 2
        assert f"{lock} names no package" in done.stderr


def wheel(folder: Path, version: str) -> str:
    """Write a wheel that says its version; a line that locks it."""
    path = folder / f"tiny_thing-{version}-py3-none-any.whl"
    about = f"tiny_thing-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: tiny-thing\nVersion: {version}\n"
    kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("tiny_thing.py", f"print({version!r})")
        file.writestr(f"{about}/METADATA", metadata)
        file.writestr(f"{about}/WHEEL", kind)
        names = ("tiny_thing.py", f"{about}/METADATA", f"{about}/WHEEL")
        file.writestr(f"{about}/RECORD", "".join(f"{name},,\n" for name in names))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"tiny-thing=={version} --hash=sha256:{digest}\n"


@pytest.mark.slow
def test_a_new_environment_takes_the_place_of_the_old_when_it_is_complete(
    root: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    lock, venv = folder / "lock.txt", folder / "venv"
    locked = {version: wheel(folder, version) for version in ("1.0", "2.0")}

    def setup() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [root / "make" / "setup.sh", "venv", "lock.txt"],
            cwd=folder,
            env={
                "PATH": "/usr/bin:/bin",
                "BASE_PYTHON": sys.executable,
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": ".",
            },
            capture_output=True,
            text=True,
        )

    def says() -> str:
        command = [venv / "bin" / "python", "-c", "import tiny_thing"]
        return subprocess.run(
            command, capture_output=True, text=True, check=True
        ).stdout.strip()

    venv.mkdir()  # of an older setup: no link, and not from this lock
    lock.write_text(locked["1.0"])
    first = setup()
    assert first.returncode == 0, first.stderr
    assert says() == "1.0"
    made = venv.resolve()
    lock.touch()
    assert (setup().stdout, venv.resolve()) == ("", made)
    lock.write_text(locked["2.0"] + "no-such-package==1 --hash=sha256:" + "0" * 64)
    failed = setup()
    assert failed.returncode == 2
    assert "an earlier environment is unchanged" in failed.stderr
    assert says() == "1.0"
    (folder / "venv.setup-killed").mkdir()
    lock.write_text(locked["2.0"])
    assert setup().returncode == 0
    assert says() == "2.0"
    assert len(list(folder.glob("venv.setup-*"))) == 1


def test_an_environment_that_lacks_a_lock_asked_for_is_made_anew(
    root: Path, tmp_path: Path
) -> None:
    shutil.copy(root / "Makefile", tmp_path)
    shutil.copytree(root / "make", tmp_path / "make")
    shutil.copytree(root / "code" / "locks", tmp_path / "code" / "locks")
    (tmp_path / "code" / "pyproject.toml").touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / ".venv" / "locks").mkdir()
    for name in ("locks/cpu.txt", "pyproject.toml"):
        shutil.copy(tmp_path / "code" / name, tmp_path / ".venv" / "locks")

    def would_run(*settings: str) -> str:
        command = ["make", "-n", "setup", "PYTHON=.venv/bin/python", *settings]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    assert "make/setup.sh" not in would_run()
    (tmp_path / "code" / "locks" / "cpu.txt").touch()
    assert "make/setup.sh" not in would_run()
    wanted = "make/setup.sh .venv code/locks/cpu.txt code/locks/extras.txt"
    assert wanted in " ".join(would_run("EXTRAS=1").split())
