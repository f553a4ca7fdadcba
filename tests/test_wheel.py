"""The wheel holds all that h33 needs: installed alone, it runs a report from another folder."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from lake_rows import make_lake

from pipeline import sql

ROOT = Path(__file__).parent.parent


#: An h33 on the path of this process, the wheel under test too, is no part of the fresh environment.
BARE = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


def run(*command, env=BARE, **options):
    return subprocess.run(
        [str(part) for part in command], check=True, capture_output=True, text=True, env=env, **options
    ).stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout."""
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=ROOT)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The h33 command of a fresh environment that holds the wheel; dependencies are those of the tests."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False, symlinks=True)
    site = Path(
        run(home / "bin" / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    )
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", home / "bin" / "python"]
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return home / "bin" / "h33"


def test_the_wheel_holds_every_tracked_file_of_the_package_and_its_sql(wheel):
    tracked = run("git", "ls-files", "pipeline", "queries", cwd=ROOT).splitlines()
    wanted = {f"pipeline/{name}" if name.startswith("queries/") else name for name in tracked}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert wanted <= held
    assert not {name for name in held if name.endswith((".pyc", ".ipynb"))}


def test_the_installed_command_runs_a_report_from_another_folder(installed, tmp_path):
    rows = [{"ts": "2025-06-20T01:00:00Z", "http_method": "GET", "http_route": "/a", "http_status": 503}]
    lake = make_lake(tmp_path / "lake", events=rows).path
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    span = ["--since", "2025-06-20", "--until", "2025-06-21"]
    bare = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    out = run(installed, "--lake", lake, "report", "errors_by_hour", *span, cwd=elsewhere, env=bare)
    assert out.splitlines()[1] == "2025-06-20T01:00:00.000000Z,1,0,0,1,1,0"
    code = "import pipeline; print(pipeline.__file__)"
    assert str(installed.parent.parent) in run(
        installed.parent / "python", "-c", code, cwd=elsewhere, env=bare
    )
    listed = run(installed, "--lang", "en", "report", cwd=elsewhere, env=bare)
    assert [line.split()[0] for line in listed.splitlines()] == sql.names("reports")
