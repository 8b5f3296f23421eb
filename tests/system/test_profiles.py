"""Profiles as docs/profiles.md says: its examples are tried as written."""

import os
import re
import shutil
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROFILES = os.path.join(ROOT, "config/profiles")
ENVIRONMENT = {**os.environ, "FACILITYD_PROFILES": PROFILES}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def examples():
    """The blocks that the document says are tested, in their order."""
    found = re.findall(r"<!-- tested: tests/system/test_profiles\.py [^>]*-->\n```\n(.*?)```",
                       read("docs/profiles.md"), re.S)
    assert len(found) == 2
    return found


@pytest.fixture
def site(build, tmp_path):
    class Site:
        etc = tmp_path / "etc"
        config = str(tmp_path / "etc/facilityd.conf")

        @staticmethod
        def run(program, *words):
            return subprocess.run([os.path.join(ROOT, build, program), *words], capture_output=True, text=True,
                                  check=False, timeout=30, env=ENVIRONMENT)

        def check(self):
            return self.run("facilityd", "--check", "--config", self.config)

        def profile(self, *words):
            return self.run("facilityctl", "--config", self.config, "--color", "never", "--lang", "en", "profile",
                            "check", *words)

    shutil.copytree(os.path.join(ROOT, "config/etc"), Site.etc)
    return Site()


def points(result):
    assert result.returncode == 0, result.stderr
    return int(re.search(r"(\d+) points", result.stdout).group(1))


def test_a_known_meter_in_a_few_lines(site):
    before = points(site.check())
    with open(site.etc / "devices-cabinet.conf", "a", encoding="utf-8") as file:
        file.write(examples()[0])
    assert points(site.check()) == before + 2


def test_a_mistake_in_it_is_explained(site):
    text = examples()[0].replace("eastron-sdm630", "eastron-sdm63").replace("voltage_l1", "voltage_11")
    with open(site.etc / "devices-cabinet.conf", "a", encoding="utf-8") as file:
        file.write(text)
    result = site.check()
    assert result.returncode == 2
    assert 'did you mean "eastron-sdm630"?' in result.stderr
    with open(site.etc / "devices-cabinet.conf", "a", encoding="utf-8") as file:
        file.write(examples()[0].replace("voltage_l1", "voltage_11").replace("meter-f1", "meter-f2"))
    assert 'did you mean "voltage_l1"?' in site.check().stderr


def test_a_profile_of_ones_own(site):
    os.mkdir(site.etc / "profiles")
    (site.etc / "profiles/lt-2.conf").write_text(examples()[1], encoding="utf-8")
    shown = site.profile("lt-2")
    assert shown.returncode == 0, shown.stderr
    for word in ("Example Instruments", "LT-2 manual, page 14", "40003", "f32 cdab", "0 to 400 cm", "Pump, output"):
        assert word in shown.stdout, shown.stdout
    before = points(site.check())
    with open(site.etc / "devices-gateway.conf", "a", encoding="utf-8") as file:
        file.write('''
tank: { profile = "lt-2"; bus = "gateway"; unit = 61; zone = "b1.plant"; zh = "水箱"; en = "Tank";
  points: { tank-pump: { from = "pump"; class = "circuit"; }; tank-pump-runs: { from = "pump_runs"; class = "circuit"; }; };
};
''')
    assert points(site.check()) == before + 2


def test_a_broken_one_is_explained_by_line(site):
    os.mkdir(site.etc / "profiles")
    path = site.etc / "profiles/lt-2.conf"
    path.write_text(examples()[1].replace("min = 0.0; ", "").replace('"cdab"', '"cdba"'), encoding="utf-8")
    for word in ("lt-2", str(path)):
        result = site.profile(word)
        assert result.returncode == 1
        line = examples()[1].splitlines().index(next(x for x in examples()[1].splitlines() if "40003" in x)) + 1
        assert f"{path}:{line}: quantity \"level\": order must be one of" in result.stderr
        assert f"{path}:{line}: quantity \"level\": min and max are needed" in result.stderr
    listed = site.profile()
    assert listed.returncode == 1
    assert re.search(r"^lt-2 .* 2 errors ", listed.stdout, re.M), listed.stdout


def test_the_list_has_every_shipped_one(site):
    names = sorted(name[:-5] for name in os.listdir(PROFILES))
    assert len(names) >= 12
    listed = site.profile()
    assert listed.returncode == 0, listed.stderr
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == names
    documented = re.findall(r"^\| `([a-z0-9-]+)` \|", read("docs/profiles.md"), re.M)
    assert documented == names
    for name in names:
        shown = site.profile(name)
        assert shown.returncode == 0
        assert shown.stdout.count("  source: ") >= 2, name


def test_wrong_use(site):
    assert site.profile("nonsense").returncode == 1
    result = site.run("facilityctl", "profile", "chek")
    assert result.returncode == 2 and "the only thing to do is check" in result.stderr
    assert site.run("facilityctl", "profile").returncode == 2
