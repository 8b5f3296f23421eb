"""facilityctl probe and scan: they find what is there, only read, and leave a running facilityd alone."""

import json
import os
import pty
import re
import socket
import struct
import subprocess
import threading

import pytest
from any_site import ENVIRONMENT, AnySite
from stage import Building, wait_for


@pytest.fixture
def site(build, tmp_path):
    running = AnySite(build, tmp_path).start()
    yield running
    running.stop()


def probe(site, *words):
    result = site.ctl("probe", *words)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_probe_shows_what_the_profile_says(site):
    site.do("set", "meter-l1", "230.4")
    shown = probe(site, "upper", 3)
    assert shown.startswith("unit 3 on bus upper, device meter, profile eastron-sdm630; this only reads\n")
    assert re.search(r"^input:0 \(0x0000\) +4366 .* 230\.4 .*meter-l1 = 230\.4 V \(f32\)", shown, re.M), shown
    assert re.search(r"^input:342 .* energy = 0 kWh \(f32\)", shown, re.M), shown


def test_probe_shows_every_type_and_order_of_one_register(site):
    site.do("set", "em24-l3", "231.7")
    shown = probe(site, "south", 1, "input:4")
    table = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if re.match(r"[usf]\d\d ", line)}
    assert table["u16"][0] == "2317"
    assert table["s32"][1] == "2317" and table["u32"][0] == str(2317 << 16)
    assert {"u64", "s64", "f32", "f64"} <= set(table)
    assert "em24-l3 = 231.7 V (s32 cdab)" in shown


def test_probe_of_an_unknown_unit_as_a_profile(site):
    site.do("set", "cold", "-5.5")
    shown = probe(site, "lower", 7, "xy-md02")
    assert re.search(r"^input:1 .*ffc9.*, -55 .*cold = -5\.5 degC", shown, re.M), shown
    # A profile that does not fit is seen by its values.
    shown = probe(site, "lower", 7, "eastron-sdm120")
    assert "exception 2: illegal data address" in shown
    assert "voltage: no value as f32" in shown or "outside" in shown or "voltage = " in shown


def test_probe_reads_around_what_is_refused(site):
    # Holding registers of this unit begin 16 before its first: below them it refuses.
    shown = probe(site, "north", 40, "holding:60-100")
    assert re.search(r"^holding:60-73 .*illegal data address", shown, re.M), shown
    assert re.search(r"^holding:74 \(0x004a\) +0000", shown, re.M), shown


@pytest.mark.parametrize("words, why", [
    (("lower", "9"), "unit 9 does not answer within"),
    (("lowr", "9"), 'no bus "lowr" (did you mean "lower"?)'),
    (("lower", "x"), 'unit "x" is no number'),
    (("lower", "7", "input:9-1"), "the last is not before the first"),
    (("lower", "7", "nothing"), '"nothing" is neither registers nor a profile'),
    (("lower", "7", "advantech-adam-6050"), "is not usable on bus"),
])
def test_probe_explains_itself(site, words, why):
    result = site.ctl("probe", *words)
    assert result.returncode in (1, 2)
    assert why in result.stderr, result.stderr


def test_scan_finds_who_is_there(site):
    result = site.ctl("scan", "lower", "5-9", "60ms")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].endswith("reads one register of each, writes nothing")
    assert [line.split(":")[0] for line in lines[1:-1]] == ["unit 7", "unit 8"]
    assert "device relays (waveshare-relay-8ch-d)" in lines[2]
    assert lines[-1] == "2 units found"
    assert result.stderr == ""  # no bar where there is no terminal
    # A gateway says itself that a unit is not there.
    result = site.ctl("scan", "north", "38-41")
    assert [line.split(":")[0] for line in result.stdout.splitlines()[1:-1]] == ["unit 40"]
    assert site.ctl("scan", "lower", "0-9").returncode == 2
    assert site.ctl("scan", "lower", "1-9", "soon").returncode == 2


def test_scan_draws_a_bar_on_a_terminal(site):
    master, slave = pty.openpty()
    try:
        subprocess.run([os.path.join(site.build, "facilityctl"), "--config", site.config, "scan", "lower", "1-8", "30ms"],
                       stdout=subprocess.DEVNULL, stderr=slave, check=True, timeout=30, env=ENVIRONMENT)
        os.close(slave)
        seen = os.read(master, 65536).decode()
    finally:
        os.close(master)
    bars = re.findall(r"\r\[([#.]{30})\] unit (\d) of 8, (\d) found", seen)
    assert [int(unit) for _, unit, _ in bars] == list(range(1, 9))
    assert bars[0][0].count("#") == 0 and bars[-1][0].count("#") > 20
    assert "s left" in seen


class Recorder:
    """A Modbus server that answers everything with zeros and remembers which functions were asked."""

    def __init__(self):
        self.functions = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(link,), daemon=True).start()

    def _answer(self, link):
        with link:
            while request := link.recv(260):
                self.functions.append(request[7])
                count = struct.unpack(">H", request[10:12])[0]
                size = 2 * count if request[7] in (3, 4) else (count + 7) // 8
                link.sendall(request[:4] + struct.pack(">HBBB", size + 3, request[6], request[7], size) + bytes(size))


def test_only_reading_functions_are_sent(build, tmp_path):
    site, recorder = AnySite(build, tmp_path), Recorder()
    with open(site.config, encoding="utf-8") as file:
        text = file.read()
    with open(site.config, "w", encoding="utf-8") as file:
        file.write(text.replace(str(site.north), str(recorder.port)))
    result = site.ctl("scan", "north", "1-5")
    assert result.stdout.count(": holding:0 is 0x0000") == 5
    assert recorder.functions == [3] * 5
    for words in [("40",), ("9",), ("1",), ("1", "waveshare-relay-8ch-d"), ("2", "coil:0-99"), ("2", "10001+9")]:
        assert site.ctl("probe", "north", *words).returncode == 0
    recorder.listener.close()
    assert len(recorder.functions) > 10
    assert set(recorder.functions) == {1, 2, 3, 4}


def has_read(site, path):
    """A point of each bus is good: not asked of the buses, since who has a line keeps facilityd from it."""
    result = site.run("facilityctl", "--socket", path, "points", "--json")
    good = {point["id"] for point in json.loads(result.stdout or "[]") if point["quality"] == "good"}
    return {"cable", "em24-l3", "meter-l1", "cold"} <= good


@pytest.fixture
def observed(build, tmp_path):
    building = Building(build)
    site = AnySite(build, tmp_path, building.mqtt_port)
    building.config, site.building = site.config, building
    os.makedirs(building.state)
    site.start()
    os.environ["FACILITYD_PROFILES"] = ENVIRONMENT["FACILITYD_PROFILES"]
    try:
        building.start_broker()
        building.start_daemon()
        wait_for(lambda: has_read(site, building.socket), 15, "facilityd has every line")
        yield site
    finally:
        del os.environ["FACILITYD_PROFILES"]
        building.stop()
        site.stop()


@pytest.mark.parametrize("bus", ["north", "south", "upper", "lower"])
def test_a_running_facilityd_is_left_alone(observed, bus):
    for words in [("probe", bus, "1"), ("scan", bus, "1-3")]:
        result = observed.ctl(*words)
        assert result.returncode == 1
        assert f'bus "{bus}" is in use' in result.stderr and "systemctl stop facilityd" in result.stderr
    observed.building.end("facilityd")
    assert observed.ctl("scan", bus, "1-3", "30ms").returncode == 0


# The site as JSON ----------------------------------------------------------------


def test_site_tells_the_building_as_it_was_resolved(site):
    result = site.ctl("site")
    assert result.returncode == 0 and not result.stderr
    told = json.loads(result.stdout)
    by_id = {kind: {item["id"]: item for item in told[kind]} for kind in ("zones", "classes", "buses", "devices", "points")}
    assert told["name"]["en"] == "Elsewhere" and told["zones"][0] == {"id": "centre", "parent": None, "name": told["name"]}
    assert by_id["buses"]["upper"]["options"]["baud"] == "38400"
    # Not in the file: the option's default, in ms.
    assert by_id["buses"]["south"]["options"]["connect_timeout"] == 3000
    meter = by_id["devices"]["meter"]
    assert (meter["bus"], meter["profile"], meter["options"]["unit"]) == ("upper", "eastron-sdm630", 3)
    assert {"table": "input", "address": 342, "words": 2} in meter["profile_registers"]
    point = by_id["points"]["em24-l3"]  # from the profile, whose data sheet counts its own way
    assert point["registers"] == {"table": "input", "address": 4, "words": 2}
    assert (point["options"]["type"], point["options"]["order"], point["options"]["scale"]) == ("s32", "cdab", 0.1)
    assert by_id["points"]["pump"]["writable"] and by_id["points"]["pump"]["armed"]
    assert by_id["classes"]["leak"]["on"]["en"] == "wet"


def test_site_tells_the_plan_with_its_questions(site):
    shipped = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
                           "config/etc/facilityd.conf")
    types = {kind["id"]: kind for kind in json.loads(site.run("facilityctl", "--config", shipped, "site").stdout)["types"]}
    assert len(types) == 28 and types["crime"]["severity"] == "critical"
    facts = {fact["id"]: fact for fact in types["crime"]["facts"]}
    assert facts["suspect-here"]["question"]["en"].endswith("?") and facts["suspect-here"]["unknown"] == "yes"
    steps = {step["id"]: step for step in types["crime"]["steps"]}
    assert (steps["contain-suspect"]["fact"], steps["protect-scene"]["fact"]) == ("suspect-here", "!suspect-here")
    assert (steps["report-up"]["by"], steps["report-up"]["tell"]) == (
        ["service_desk"], ["window_service_head", "centre_leaders"])
    assert types["leak"]["steps"][0]["action"] == "zone-circuits-off" and types["leak"]["facts"] == []


def test_site_of_a_broken_configuration_is_explained(site, tmp_path):
    broken = tmp_path / "broken.conf"
    with open(site.config, encoding="utf-8") as file:
        broken.write_text(file.read().replace("baud", "baut", 1))
    result = site.run("facilityctl", "--config", broken, "site")
    assert result.returncode == 1 and result.stdout == ""
    assert "did you mean \"baud\"" in result.stderr


# What the loader says, for all that is not C ---------------------------------------


def test_facility_config_tells_the_broker(site):
    result = site.run("facility-config", "broker", site.config)
    assert result.returncode == 0 and not result.stderr
    told = json.loads(result.stdout)
    assert told["site"] == "centre" and told["host"] == "127.0.0.1" and told["ca_file"] is None
    assert set(told) == {"site", "host", "port", "ca_file"}


def test_facility_config_counts_the_errors_of_each_profile(site, tmp_path):
    folder = os.path.join(os.path.dirname(site.config), "profiles")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(ENVIRONMENT["FACILITYD_PROFILES"], "xy-md02.conf"), encoding="utf-8") as file:
        text = file.read()
    with open(os.path.join(folder, "own.conf"), "w", encoding="utf-8") as file:
        file.write(text.replace("manufacturer", "manufakturer", 1))
    result = site.run("facility-config", "profiles", site.config)
    profiles = {one["id"]: one for one in json.loads(result.stdout)}
    assert result.returncode == 1 and 'did you mean "manufacturer"' in result.stderr
    assert not profiles["own"]["sound"] and profiles["own"]["errors"] >= 1 and profiles["own"]["quantities"] == []
    assert profiles["xy-md02"]["sound"] and profiles["xy-md02"]["errors"] == 0
    assert [one["id"] for one in profiles["xy-md02"]["quantities"]] == ["temperature", "humidity"]
    result = site.run("facility-config", "profile", site.config, "no-such")
    assert (result.returncode, result.stdout) == (0, "null\n")


@pytest.mark.parametrize("words", [(), ("sites", "x"), ("site",), ("profile", "x"), ("adapters", "x")])
def test_facility_config_called_otherwise(site, words):
    result = site.run("facility-config", *words)
    assert result.returncode == 2 and result.stdout == "" and "usage: facility-config" in result.stderr
