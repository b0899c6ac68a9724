"""The real build, from archives to the paper, on a synthetic study: in two folders.

`test_makefile.py` drives the graph with stand-ins for the commands; here everything is
real, small and slow.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

OUTPUTS = ("figures", "paper/generated", "build/notebooks", "data/derived")


def _planted(root: Path) -> ModuleType:
    """Return the builder of the synthetic study, because tests are not a package."""
    spec = importlib.util.spec_from_file_location(
        "planted_study", root / "tests" / "planted_study.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Checkout:
    """A copy of the tracked files with the synthetic study in it."""

    folder: Path

    def make(self, *goals: str) -> str:
        """Run make and return what it printed; fail with it."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHONPATH")
        }
        done = subprocess.run(
            ["make", "-j2", f"PYTHON={sys.executable}", *goals],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        printed = done.stdout + done.stderr
        assert done.returncode == 0, printed[-6000:]
        return printed

    def outputs(self) -> dict[str, bytes]:
        """Return the bytes of everything that was built, by path."""
        files = [
            path
            for folder in OUTPUTS
            for path in (self.folder / folder).rglob("*")
            if path.is_file()
        ]
        files += [self.folder / "paper" / "main.pdf"] * bool(shutil.which("latexmk"))
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in files}

    def times(self) -> dict[str, int]:
        """Return when each stamp and output was written, by path."""
        files = [*(self.folder / "build" / "stamps").iterdir()]
        files += [self.folder / name for name in self.outputs()]
        return {str(p.relative_to(self.folder)): p.stat().st_mtime_ns for p in files}


@pytest.fixture(scope="module")
def checkouts(
    root: Path, copy_tracked: Any, tmp_path_factory: pytest.TempPathFactory
) -> list[Checkout]:
    """Return two built copies in folders whose paths differ in length."""
    planted = _planted(root)
    found = []
    for where in ("a", "another-folder/b"):
        folder = tmp_path_factory.mktemp("build") / where
        # The bundled study takes minutes; the synthetic one, seconds.
        copy_tracked(folder, archives=False)
        planted.write_checkout(folder, planted.with_metrics(planted.make_study()))
        checkout = Checkout(folder)
        checkout.make("figures")
        if shutil.which("latexmk"):
            checkout.make("paper")
        found.append(checkout)
    return found


@pytest.mark.slow
class TestWholeBuild:
    def test_equal_to_the_byte_in_two_folders(self, checkouts: list[Checkout]) -> None:
        first, second = (checkout.outputs() for checkout in checkouts)
        assert first.keys() == second.keys()
        assert [name for name in first if first[name] != second[name]] == []
        named = ("figure1", "planted_overfitting", "planted_parameter_norm")
        assert {f"figures/{name}.pdf" for name in named} <= first.keys()

    def test_names_no_folder(self, checkouts: list[Checkout]) -> None:
        for checkout in checkouts:
            folder = str(checkout.folder).encode()
            naming = [n for n, c in checkout.outputs().items() if folder in c]
            assert naming == []

    def test_again_runs_nothing(self, checkouts: list[Checkout]) -> None:
        before = checkouts[0].times()
        checkouts[0].make("figures")
        assert checkouts[0].times() == before

    def test_touched_files_are_not_changed_files(
        self, checkouts: list[Checkout]
    ) -> None:
        checkout = checkouts[0]
        (checkout.folder / "data" / "zip" / "planted_ours.zip").touch()
        (checkout.folder / "code" / "value_scaling" / "__init__.py").touch()
        before = checkout.times()
        checkout.make("figures")
        assert checkout.times() == before

    def test_removed_and_damaged_outputs_are_made_again(
        self, checkouts: list[Checkout]
    ) -> None:
        checkout = checkouts[0]
        before = checkout.outputs()
        for number, name in enumerate(sorted(before)):
            if name in ("paper/main.pdf", "figures/.gitkeep"):
                continue  # of another goal, and of git
            if number % 2:
                (checkout.folder / name).unlink()
            else:
                (checkout.folder / name).write_bytes(before[name][:-7])
        checkout.make("figures")
        after = checkout.outputs()
        assert after.keys() == before.keys()
        assert [name for name in before if before[name] != after[name]] == []

    def test_another_archive_changes_what_is_below(
        self, checkouts: list[Checkout], root: Path
    ) -> None:
        checkout = checkouts[1]
        before = checkout.outputs()
        planted = _planted(root)
        study = planted.make_study()
        planted.write_archive(
            checkout.folder, planted.make_runs(study, "ours", seeds=3)
        )
        checkout.make("figures")
        after = checkout.outputs()
        changed = {name for name in before if before[name] != after.get(name)}
        assert "figures/figure1.png" in changed
        assert "figures/planted_data_environments.png" in changed
        assert "figures/planted_best_hyperparameters.png" not in changed
        assert "data/derived/planted/default/hyperparameters.npz" not in changed
