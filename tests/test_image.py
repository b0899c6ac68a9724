"""The image's files and scripts; `make image-check` tries the image itself.

The engine here is a stand-in that logs what it is asked for and does what a test says.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

TOOLS = ("make", "git", "tar")


@dataclass(frozen=True)
class Done:
    code: int
    output: str


def run(*command: object, cwd: Path, **environment: str) -> Done:
    """Run a command with little of this process's environment."""
    kept = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir()}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=kept | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout)


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/usr/bin/env bash\nset -euo pipefail\n{text}")
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def dockerfile(root: Path) -> str:
    return (root / "Dockerfile").read_text()


class TestDockerfile:
    def test_layers_change_from_seldom_to_often(self, dockerfile: str) -> None:
        """A change of code must leave LaTeX and the packages as they are."""
        steps = [
            dockerfile.index(step)
            for step in ("apt-get install", "setup.sh /opt/venv", "COPY . .")
        ]
        assert steps == sorted(steps)
        before_code = dockerfile[: dockerfile.index("COPY . .")]
        copied = re.findall(r"^COPY (.+) \S+$", before_code, re.M)
        assert copied == [
            "make/image_sources.sh",
            "make/setup.sh make/image_pip.sh code/locks/*.txt",
        ]
        assert dockerfile.index("ARG REVISION") > dockerfile.index("COPY --from=source")

    def test_every_install_is_by_hash(self, dockerfile: str, root: Path) -> None:
        pips = re.findall(r"pip install (.*?);", dockerfile.replace("\\\n", " "), re.S)
        assert len(pips) == 1
        setup = (root / "make" / "setup.sh").read_text().replace("\\\n", " ")
        for flags in (pips[0], *re.findall(r"pip install (.*)", setup)):
            hashed = ("--require-hashes", "--no-deps", "--only-binary=:all:")
            # The project itself comes from here, and brings nothing along.
            own = ("--no-index", "--no-deps", "--no-build-isolation")
            for flag in own if " -e " in flags else hashed:
                assert flag in flags

    def test_latex_is_what_make_paper_asks_for(
        self, dockerfile: str, root: Path
    ) -> None:
        wanted = re.search(
            r'^packages="(.+)"', (root / "make/latex.sh").read_text(), re.M
        )
        assert wanted
        installed = re.search(r'packages="([^"]+)"', dockerfile)
        assert installed
        assert set(wanted[1].split()) <= set(installed[1].replace("\\", "").split())

    def test_cuda_is_the_default_and_cpu_the_other(self, dockerfile: str) -> None:
        assert set(re.findall(r"^ARG ACCEL=(.*)$", dockerfile, re.M)) == {"cuda12"}
        assert re.findall(r"^ +(\w+)\) locks=", dockerfile, re.M) == ["cpu", "cuda12"]

    def test_the_version_is_the_packages(self, dockerfile: str, root: Path) -> None:
        table = tomllib.loads((root / "code" / "pyproject.toml").read_text())
        version = table["project"]["version"]
        assert f'image.version="{version}"' in dockerfile
        assert f'image.licenses="{table["project"]["license"]["text"]}"' in dockerfile

    def test_a_gpu_is_asked_of_the_runtime(self, dockerfile: str) -> None:
        assert "NVIDIA_VISIBLE_DEVICES=all" in dockerfile
        assert "NVIDIA_DRIVER_CAPABILITIES=compute,utility" in dockerfile
        assert "LD_LIBRARY_PATH" not in dockerfile

    def test_the_base_is_one_image_for_ever(self, dockerfile: str, root: Path) -> None:
        """Images are pinned by digest; the tag is only for readers."""
        (base,) = re.findall(r"^ARG BASE_IMAGE=(\S+)$", dockerfile, re.M)
        tag, digest = base.split("@")
        assert re.fullmatch(r"debian:bookworm-20\d{6}-slim", tag)
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
        day = tag.split("-")[1]
        assert f"repos/debian/remote/bookworm-{day}-slim.md" in dockerfile
        assert f"DEBIAN_SNAPSHOT={day}T000000Z" in dockerfile
        text = (root / "docs" / "container.md").read_text()
        assert f"DEBIAN_SNAPSHOT={day}T000000Z" in text

    def test_it_does_not_run_as_root(self, dockerfile: str) -> None:
        """The user is given by number, which lets a cluster see that it is not root."""
        last = dockerfile[dockerfile.rindex("FROM ") :]
        (user,) = re.findall(r"^USER (\S+)$", last, re.M)
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
        assert not re.search(r"^(RUN|COPY|ADD) ", last[last.index("\nUSER ") :], re.M)

    def test_its_scripts_can_be_run(self, dockerfile: str, root: Path) -> None:
        entry = re.search(r'ENTRYPOINT \["/opt/scaling/(.+)"\]', dockerfile)
        assert entry
        scripts = ("make/setup.sh", "make/image_pip.sh", "make/image_sources.sh")
        for name in (entry[1], *scripts):
            assert os.access(root / name, os.X_OK), name


class TestSources:
    """Debian packages come from the snapshot of one day."""

    ARCHIVE, DAY = "http://archive", "20260918T000000Z"

    def test_every_suite_is_of_that_day(self, root: Path) -> None:
        done = run(root / "make/image_sources.sh", self.ARCHIVE, self.DAY, cwd=root)
        assert done.code == 0
        here = "deb [check-valid-until=no] http://archive"
        assert done.output.splitlines() == [
            f"{here}/debian/{self.DAY}/ bookworm main",
            f"{here}/debian/{self.DAY}/ bookworm-updates main",
            f"{here}/debian-security/{self.DAY}/ bookworm-security main",
        ]

    @pytest.mark.parametrize("day", ["", "20260918", "today", "../20260918T000000Z"])
    def test_no_other_time_is_taken(self, day: str, root: Path) -> None:
        done = run(root / "make/image_sources.sh", self.ARCHIVE, day, cwd=root)
        assert done.code == 2
        assert "20260918T000000Z" in done.output

    def test_without_an_archive_it_says_which_address_it_takes(
        self, root: Path
    ) -> None:
        done = run(root / "make/image_sources.sh", "", self.DAY, cwd=root)
        assert done.code == 2
        assert "DEBIAN_ARCHIVE" in done.output
        assert "snapshot archive" in done.output

    def test_no_address_is_built_in(self, dockerfile: str, root: Path) -> None:
        """The person who builds the image chooses the hosts."""
        assert re.findall(r"^ARG DEBIAN_ARCHIVE(.*)$", dockerfile, re.M) == ["="]
        files = [*root.glob("make/image*"), root / "docs" / "container.md"]
        for text in (dockerfile, *(file.read_text() for file in files)):
            assert not re.search(r"\bdebian\.org\b", text)

    def test_the_dockerfile_and_the_bare_debian_use_it(
        self, dockerfile: str, root: Path
    ) -> None:
        assert "/opt/image_sources.sh" in dockerfile
        assert "make/image_sources.sh" in (root / "make/image_base.sh").read_text()


def let_in(patterns: list[str], name: str) -> bool:
    """Whether a file is in the build context: the last pattern that fits decides."""
    parts = name.split("/")
    heads = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    kept = True
    for pattern in patterns:
        wanted = pattern.lstrip("!")
        anywhere = wanted.removeprefix("**/")
        fits = (
            any(fnmatch.fnmatchcase(part, anywhere) for part in parts)
            if anywhere != wanted
            else any(
                head.count("/") == wanted.count("/")
                and fnmatch.fnmatchcase(head, wanted)
                for head in heads
            )
        )
        if fits:
            kept = pattern.startswith("!")
    return kept


class TestContext:
    @pytest.fixture
    def patterns(self, root: Path) -> list[str]:
        lines = (root / ".dockerignore").read_text().splitlines()
        return [line for line in lines if line and not line.startswith("#")]

    def test_what_git_has_is_let_in(self, patterns: list[str], root: Path) -> None:
        if shutil.which("git") is None:
            pytest.skip("no git here")
        listed = run("git", "ls-files", cwd=root)
        if listed.code != 0:
            pytest.skip("not a git checkout")
        names = listed.output.splitlines()
        assert len(names) > 100
        outside = [name for name in names if not let_in(patterns, name)]
        assert [name for name in outside if not name.startswith("data/partial/")] == []

    @pytest.mark.parametrize(
        "name",
        [
            ".git/HEAD",
            ".venv/bin/python",
            "build/image/scaling-cpu.oci.tar",
            "data/zip/gym_sweep.zip",
            "data/zip/dmc_ours.zip",
            "data/zip/classic_sweep.fresh.zip",
            "data/runs/classic/sweep/x.npz",
            "data/derived/gym/default/sweep.npz",
            "data/studies/mine.toml",
            "figures/figure1.pdf",
            "paper/main.pdf",
            "paper/generated/numbers.tex",
            "code/value_scaling/__pycache__/x.pyc",
            "code/.mypy_cache/x",
            "tests/__pycache__/x.pyc",
            "out/figures/figure1.pdf",
            "notes.txt",
        ],
    )
    def test_nothing_fetched_trained_or_built_is(
        self, name: str, patterns: list[str]
    ) -> None:
        assert not let_in(patterns, name)

    def test_a_wheelhouse_is_let_in(self, patterns: list[str]) -> None:
        assert let_in(patterns, "code/wheels/numpy-2.4.6-cp311-linux_x86_64.whl")


class TestContainer:
    """The entry point, with its three folders moved to where a test may write."""

    @pytest.fixture
    def enter(self, root: Path, tmp_path: Path) -> Callable[..., Done]:
        source = tmp_path / "opt"
        for name in (
            "Makefile",
            "code/value_scaling/a.py",
            "data/zip/classic_sweep.zip",
        ):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(name)
        (source / "paper").mkdir()
        (source / "paper" / "main.tex").write_text("text")
        text = (root / "make" / "container.sh").read_text()
        for path, place in (("/opt/scaling", source), ("/tmp/scaling", tmp_path / "t")):
            assert f"={path}\n" in text
            text = text.replace(f"={path}\n", f"={place}\n")
        text = re.sub(r"(?<![\w$])/out\b", str(tmp_path / "out"), text)
        (source / "make").mkdir()
        entry = script(source / "make" / "container.sh", text)
        (tmp_path / "work").mkdir()

        def enter(*command: str, where: str = "work") -> Done:
            home = str(tmp_path / "home")
            return run(entry, *command, cwd=tmp_path / where, HOME=home)

        return enter

    def test_what_is_made_goes_to_out(
        self, enter: Callable[..., Done], tmp_path: Path
    ) -> None:
        out = tmp_path / "out"
        out.mkdir()
        command = "echo pdf > paper/main.pdf; echo f > figures/figure1.pdf; pwd"
        done = enter("bash", "-c", command)
        assert done == Done(0, f"{tmp_path / 't'}\n")
        assert (out / "paper" / "main.pdf").read_text() == "pdf\n"
        assert (out / "figures" / "figure1.pdf").read_text() == "f\n"
        assert (out / "data/zip/classic_sweep.zip").exists()
        assert not (out / "code").exists()

    def test_a_second_container_goes_on_there(
        self, enter: Callable[..., Done], tmp_path: Path
    ) -> None:
        (tmp_path / "out").mkdir()
        assert enter("bash", "-c", "echo 1 > build/stamp").code == 0
        before = (tmp_path / "opt/paper/main.tex").stat().st_mtime_ns
        shutil.rmtree(tmp_path / "t")
        assert enter("cat", "build/stamp").output == "1\n"
        assert (tmp_path / "out/paper/main.tex").stat().st_mtime_ns == before

    def test_without_out_it_is_said_that_results_are_lost(
        self, enter: Callable[..., Done]
    ) -> None:
        assert "results are lost" in enter("ls").output
        assert enter("ls").code == 0

    def test_an_out_that_cannot_be_written_is_told(
        self, enter: Callable[..., Done], tmp_path: Path
    ) -> None:
        if os.geteuid() == 0:
            pytest.skip("root can write anywhere")
        (tmp_path / "out").mkdir(mode=0o555)
        done = enter("ls")
        assert done.code == 2
        assert "--user" in done.output

    def test_a_mounted_checkout_is_used_in_place(
        self, enter: Callable[..., Done], tmp_path: Path
    ) -> None:
        done = enter("bash", "-c", "pwd; echo $PYTHONPATH", where="opt")
        assert done == Done(0, f"{tmp_path / 'opt'}\n{tmp_path / 'opt'}/code\n")
        assert not (tmp_path / "t").exists()

    def test_the_commands_exit_code_is_the_containers(
        self, enter: Callable[..., Done], tmp_path: Path
    ) -> None:
        (tmp_path / "out").mkdir()
        assert enter("bash", "-c", "exit 3").code == 3


ENGINE = """\
echo "$(basename "$0") $*" >> "$LOG"
case "$(basename "$0") ${1:-}" in
    "docker info") exit "${DAEMON:-0}" ;;
    "docker image") echo "${SIZE:-1999999999}" ;;
esac
if [ -e "$STAND_IN" ]; then . "$STAND_IN"; fi
"""


@dataclass(frozen=True)
class Tree:
    """A small checkout with the real scripts, and engines that only log."""

    folder: Path

    def call(self, *command: object, **environment: str) -> tuple[Done, list[str]]:
        log = self.folder.parent / "log"
        log.write_text("")
        path = f"{self.folder.parent / 'bin'}:{os.environ['PATH']}"
        stand_in = str(self.folder.parent / "stand_in")
        done = run(
            *command,
            cwd=self.folder,
            **{"PATH": path, "LOG": str(log), "STAND_IN": stand_in, **environment},
        )
        return done, log.read_text().splitlines()

    def engines(self, text: str) -> None:
        (self.folder.parent / "stand_in").write_text(text)


@pytest.fixture
def tree(root: Path, tmp_path: Path) -> Tree:
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"not here: {', '.join(missing)}")
    folder = tmp_path / "checkout"
    shutil.copytree(root / "make", folder / "make")
    (folder / "data" / "zip").mkdir(parents=True)
    (folder / "data" / "zip" / ".gitkeep").write_text("")
    (folder / "Makefile").write_text(
        "figures:\n\tmkdir -p figures; echo same > figures/a.pdf\n"
        "paper: figures\n\tmkdir -p paper; echo pdf > paper/main.pdf\n"
    )
    for engine in ("docker", "buildah", "podman"):
        script(tmp_path / "bin" / engine, ENGINE)
    for command in (["init", "-q"], ["add", "."]):
        assert run("git", *command, cwd=folder).code == 0
    return Tree(folder)


class TestEngine:
    def test_docker_where_its_daemon_runs(self, tree: Tree) -> None:
        done, log = tree.call("make/image.sh", "build", ACCEL="cpu")
        assert done.code == 0
        (built,) = [line for line in log if line.startswith("docker build")]
        assert "-t scaling:cpu" in built
        assert "--build-arg ACCEL=cpu" in built
        assert "--secret" not in built
        assert "BASE_IMAGE" not in built

    def test_buildah_and_podman_otherwise(self, tree: Tree) -> None:
        arguments = {"DAEMON": "1", "ACCEL": "cuda12", "BASE_IMAGE": "mine:12"}
        done, log = tree.call("make/image.sh", "build", **arguments)
        assert done.code == 0
        (built,) = [line for line in log if line.startswith("buildah bud")]
        assert "--build-arg ACCEL=cuda12" in built
        assert "--build-arg BASE_IMAGE=mine:12" in built

    def test_a_day_of_debian_is_handed_on(self, tree: Tree) -> None:
        day = {"DEBIAN_SNAPSHOT": "20260918T000000Z", "DEBIAN_ARCHIVE": "http://a"}
        _, log = tree.call("make/image.sh", "build", ACCEL="cpu", **day)
        (built,) = [line for line in log if line.startswith("docker build")]
        assert "--build-arg DEBIAN_SNAPSHOT=20260918T000000Z" in built
        assert "--build-arg DEBIAN_ARCHIVE=http://a" in built

    def test_a_day_of_debian_without_its_archive_is_refused(self, tree: Tree) -> None:
        day = {"DEBIAN_SNAPSHOT": "20260918T000000Z"}
        done, log = tree.call("make/image.sh", "build", ACCEL="cpu", **day)
        assert done.code == 2
        assert "DEBIAN_ARCHIVE" in done.output
        assert not [line for line in log if " build " in line]

    def test_none_is_told(self, tree: Tree) -> None:
        shutil.rmtree(tree.folder.parent / "bin")
        bin_ = tree.folder.parent / "bin"
        bin_.mkdir()
        for tool in ("bash", "dirname", "git", "cat", "env"):
            (bin_ / tool).symlink_to(str(shutil.which(tool)))
        done, _ = tree.call("make/image.sh", "build", ACCEL="cpu", PATH=str(bin_))
        assert done.code == 2
        assert "neither a running Docker daemon nor buildah" in done.output
        assert "apt-get install buildah podman" in done.output

    def test_a_certificate_enters_as_a_secret(self, tree: Tree) -> None:
        certificate = tree.folder.parent / "ca.pem"
        certificate.write_text("certificate")
        arguments = {"ACCEL": "cpu", "PIP_CERT": str(certificate)}
        _, log = tree.call("make/image.sh", "build", **arguments)
        assert any(f"--secret id=ca,src={certificate}" in line for line in log)

    def test_a_build_that_fails_ends_with_its_code(self, tree: Tree) -> None:
        tree.engines('case "$*" in build*) exit 7 ;; esac\n')
        done, _ = tree.call("make/image.sh", "build", ACCEL="cpu")
        assert done.code == 7
        assert "Image:" not in done.output

    def test_archives_have_checksums(self, tree: Tree) -> None:
        digest = "sha256:" + "a" * 64
        tree.engines(
            f'case "$*" in save*)\n echo \'{{"digest":"{digest}"}}\' > index.json\n'
            ' tar -cf "$3" index.json ;;\nesac\n'
        )
        done, log = tree.call("make/image.sh", "archive", ACCEL="cpu")
        assert done.code == 0, done.output
        assert sum("--target system" in line for line in log) == 1
        folder = tree.folder / "build" / "image"
        names = {"scaling-cpu.oci.tar", "scaling-system.oci.tar"}
        lines = (folder / "SHA256SUMS").read_text().splitlines()
        assert {Path(line.split()[1]).name for line in lines} == names
        for line in lines:
            content = (folder / line.split()[1]).read_bytes()
            assert line.split()[0] == sha256(content).hexdigest()
        assert done.output.count(f"manifest {digest}") == 2


# Stand-in for `docker run … make -j2 GOAL`: what the container would leave in /out.
MAKES = """\
if [ "$1" = run ]; then
    case "$*" in *" id -u") echo ${USER_ID:-1000}; exit ;; esac
    out=$(printf '%s\\n' "$@" | sed -n 's/:\\/out$//p')
    goal=${@: -1}
    case $goal in
        figures) mkdir -p "$out/figures"; echo FIGURE > "$out/figures/a.pdf" ;;
        paper) mkdir -p "$out/paper"; echo pdf > "$out/paper/main.pdf" ;;
        test) exit TESTS ;;
    esac
fi
"""


class TestImageCheck:
    def check(self, tree: Tree, figure: str = "same", tests: str = "0") -> Done:
        tree.engines(MAKES.replace("FIGURE", figure).replace("TESTS", tests))
        done, log = tree.call("make/image_check.sh", PYTHON=sys.executable)
        runs = [line for line in log if line.startswith("docker run")]
        assert runs.pop(0).endswith("--network=none scaling:cpu id -u")
        assert len(runs) >= 4
        for line in runs:
            for option in ("--network=none", "--user 1234:1234", "--read-only"):
                assert option in line
        return done

    def test_passes_when_all_did_and_the_bytes_are_the_same(self, tree: Tree) -> None:
        done = self.check(tree)
        assert done.code == 0, done.output
        assert "passed: figures paper verify test" in done.output
        assert "2 files, the same bytes" in done.output

    def test_another_byte_fails_and_is_named(self, tree: Tree) -> None:
        done = self.check(tree, figure="other")
        assert done.code == 1
        assert "failed: same bytes" in done.output
        assert "inside:  figures/a.pdf" in done.output

    def test_a_goal_that_fails_fails_the_check(self, tree: Tree) -> None:
        done = self.check(tree, tests="2")
        assert done.code == 1
        assert "failed: test" in done.output

    @pytest.mark.parametrize("user", ["0", "nobody", "''"])
    def test_an_image_that_runs_as_root_fails(self, user: str, tree: Tree) -> None:
        tree.engines(MAKES.replace("${USER_ID:-1000}", user))
        done, _ = tree.call("make/image_check.sh")
        assert done.code == 1
        assert "without --user the container runs as user" in done.output

    @pytest.mark.parametrize(("accel", "most"), [("cpu", 2e9), ("cuda12", 7.5e9)])
    def test_an_image_that_is_too_large_fails(
        self, accel: str, most: float, tree: Tree
    ) -> None:
        size = str(int(most) + 1)
        done, log = tree.call("make/image_check.sh", ACCEL=accel, SIZE=size)
        assert done.code == 1
        assert (
            f"failed: scaling:{accel} has {size} bytes, more than the limit of"
            in done.output
        )
        assert not [line for line in log if line.startswith("docker run")]

    @pytest.mark.parametrize(
        ("says", "code", "passes"),
        [
            ("scaling: found no NVIDIA GPU: ...; make: Error 3", 2, True),
            ("scaling: found the CPU build of JAX; make: Error 3", 2, False),
            ("GPU: 1 x NVIDIA H100", 0, False),
            ("make: no rule", 2, False),
        ],
    )
    def test_the_cuda_image_says_that_no_gpu_is_there(
        self, says: str, code: int, passes: bool, tree: Tree
    ) -> None:
        user = MAKES.replace("TESTS", "0").splitlines()[1]
        tree.engines(
            f'if [ "$1" = run ]; then\n{user}\necho "{says}"; exit {code}; fi\n'
        )
        done, _ = tree.call("make/image_check.sh", ACCEL="cuda12")
        assert done.code == (0 if passes else 1), done.output


class TestTargets:
    """What make would run; `-n` also expands the recipes."""

    def dry(self, root: Path, *arguments: str, **environment: str) -> str:
        if shutil.which("make") is None:
            pytest.skip("no make here")
        done = run("make", "-n", *arguments, cwd=root, **environment)
        assert done.code == 0, done.output
        return done.output

    def test_the_image_is_for_gpus_unless_asked(self, root: Path) -> None:
        assert "ACCEL=cuda12 EXTRAS= make/image.sh build" in self.dry(root, "image")
        assert "ACCEL=cpu EXTRAS=" in self.dry(root, "image", "ACCEL=cpu")
        assert "ACCEL=cpu EXTRAS=" in self.dry(root, "image", ACCEL="cpu")

    @pytest.mark.parametrize("target", ["image-check", "wheelhouse"])
    def test_cuda_is_not_installed_here_for_it(self, target: str, root: Path) -> None:
        asked = (target, "ACCEL=cuda12", "EXTRAS=1", f"PYTHON={sys.executable}")
        assert "setup ACCEL=cpu EXTRAS=" in self.dry(root, *asked)


class TestWheelhouse:
    @pytest.fixture
    def lock(self, tmp_path: Path) -> tuple[Path, Path]:
        """A lock of one package and a mirror that has its wheel."""
        mirror = tmp_path / "mirror"
        mirror.mkdir()
        wheel = mirror / "tiny_thing-1.0-py3-none-any.whl"
        info = "tiny_thing-1.0.dist-info"
        with zipfile.ZipFile(wheel, "w") as file:
            file.writestr(
                f"{info}/METADATA",
                "Metadata-Version: 2.1\nName: tiny-thing\nVersion: 1.0\n",
            )
            file.writestr(
                f"{info}/WHEEL",
                "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            file.writestr(f"{info}/RECORD", "")
        digest = sha256(wheel.read_bytes()).hexdigest()
        lock = tmp_path / "lock.txt"
        lock.write_text(f"tiny-thing==1.0 --hash=sha256:{digest}\n")
        return lock, wheel

    def make(self, root: Path, lock: Path, wheel: Path) -> Done:
        if shutil.which("make") is None:
            pytest.skip("no make here")
        wheels = lock.parent / "wheels"
        wheels.mkdir()
        return run(
            *("make", "wheelhouse", f"PYTHON={sys.executable}"),
            *(f"lock_files={lock}", f"wheels={wheels}"),
            cwd=root,
            PIP_NO_INDEX="1",
            PIP_FIND_LINKS=str(wheel.parent),
        )

    def test_holds_the_wheels_and_their_sums(
        self, lock: tuple[Path, Path], root: Path
    ) -> None:
        done = self.make(root, *lock)
        assert done.code == 0, done.output
        kept = lock[0].parent / "wheels" / lock[1].name
        assert kept.read_bytes() == lock[1].read_bytes()
        sums = (kept.parent / "SHA256SUMS").read_text().split()
        assert sums == [sha256(kept.read_bytes()).hexdigest(), kept.name]

    def test_refuses_another_wheel(self, lock: tuple[Path, Path], root: Path) -> None:
        with zipfile.ZipFile(lock[1], "a") as file:
            file.writestr("tiny_thing.py", "")
        done = self.make(root, *lock)
        assert done.code == 2
        assert "HASH" in done.output.upper()
        assert not (lock[0].parent / "wheels" / "SHA256SUMS").exists()


class TestSbom:
    def test_lists_every_package_with_a_licence(
        self, root: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "sbom.json"
        done = run(sys.executable, root / "make" / "sbom.py", out, cwd=tmp_path)
        assert done.code == 0, done.output
        table = json.loads(out.read_text())
        assert (table["bomFormat"], table["specVersion"]) == ("CycloneDX", "1.6")
        found = {each["name"]: each for each in table["components"]}
        assert {"numpy", "jax", "matplotlib", "pytest"} <= found.keys()
        assert found["numpy"]["purl"] == f"pkg:pypi/numpy@{found['numpy']['version']}"
        assert len({each["bom-ref"] for each in found.values()}) == len(found)
        for each in found.values():
            assert each["licenses"], each["name"]
        assert found["jax"]["licenses"] == [{"expression": "Apache-2.0"}]

    def test_the_same_bytes_again(self, root: Path, tmp_path: Path) -> None:
        texts = []
        for name in ("a", "b"):
            done = run(
                sys.executable, root / "make/sbom.py", tmp_path / name, cwd=tmp_path
            )
            assert done.code == 0
            texts.append((tmp_path / name).read_bytes())
        assert texts[0] == texts[1]

    def test_debians_packages_in_the_image(self, root: Path, tmp_path: Path) -> None:
        status = tmp_path / "status"
        status.write_text(
            "Package: one\nStatus: install ok installed\nVersion: 1:2-3\n\n"
            "Package: two\nStatus: deinstall ok config-files\nVersion: 1\n"
        )
        script = root / "make" / "sbom.py"
        done = run(sys.executable, script, tmp_path / "out", status, cwd=tmp_path)
        table = json.loads((tmp_path / "out").read_text())
        debian = [c for c in table["components"] if c["purl"].startswith("pkg:deb/")]
        assert [c["name"] for c in debian] == ["one"]
        assert debian[0]["purl"] == "pkg:deb/debian/one@1:2-3"
        # It has no copyright file, and that is an error, not a component without one.
        assert done.code == 1
        assert "no licence is stated by: one" in done.output


def test_the_workflow_runs_the_smoke_and_the_image_offline(root: Path) -> None:
    workflow = yaml.safe_load((root / ".github/workflows/ci.yml").read_text())
    when = workflow[True]  # YAML reads `on` as true
    assert {"push", "schedule"} <= when.keys()
    steps = {
        name: "\n".join(step.get("run", "") for step in job["steps"])
        for name, job in workflow["jobs"].items()
    }
    assert "make smoke" in steps["smoke"]
    assert "make data" not in steps["smoke"]
    assert "--network=none --user 1234:1234 --read-only" in steps["image"]
    image = re.sub(r"\s+", " ", steps["image"].replace("\\\n", " "))
    assert re.search(r"docker run .* make -j2 figures paper verify", image)


def test_the_conda_file_says_what_was_not_tried(root: Path) -> None:
    text = (root / "environment.yml").read_text()
    assert "It has not been tried with conda" in text
    assert "code/locks/cuda12.txt" in text
