"""facility-sim as a building that is not the sample one, read back by pymodbus, mbpoll and facilityd."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time

import pytest
from any_site import ENVIRONMENT, NUMBERS, TABLES, AnySite, words_of
from stage import Building, Observer, wait_for

pymodbus = pytest.importorskip("pymodbus.client")


@pytest.fixture
def site(build, tmp_path):
    running = AnySite(build, tmp_path).start()
    yield running
    running.stop()


def client_of(site, bus):
    if bus == "north":
        return pymodbus.ModbusTcpClient("127.0.0.1", port=site.north)
    return pymodbus.ModbusSerialClient(f"{site.folder}/upper", baudrate=38400, timeout=1)


@pytest.mark.parametrize("bus", ["north", pytest.param("upper", marks=pytest.mark.third)])
def test_every_type_in_every_order(site, bus):
    site.set_numbers(bus)
    for point in ("bit", "coil", "discrete"):
        site.do("set", f"{bus}-{point}", "on")
    with client_of(site, bus) as client:
        for table, address in TABLES.items():
            read = client.read_holding_registers if table == "holding" else client.read_input_registers
            for name, (_kind, _order, form, _value) in NUMBERS.items():
                count = struct.calcsize(form) // 2
                assert read(address, count, slave=40).registers == words_of(name), f"{table} {name}"
                address += count
        assert client.read_holding_registers(90, 1, slave=40).registers == [1 << 13]
        assert client.read_coils(1, 1, slave=40).bits[0] is True
        assert client.read_discrete_inputs(17, 1, slave=40).bits[0] is True


def mbpoll(site, bus, unit, table, address, *values, count=1, form=""):
    link = {"south": ["-m", "tcp", "-p", str(site.south), "::1"],
            "upper": ["-m", "rtu", "-b", "38400", "-P", "none", f"{site.folder}/upper"],
            "lower": ["-m", "rtu", "-b", "9600", "-P", "none", f"{site.folder}/lower"]}[bus]
    words = [] if values else ["-c", str(count)]
    result = subprocess.run(["mbpoll", "-0", "-1", "-q", "-o", "1", "-a", str(unit), "-r", str(address), "-t",
                             f"{table}{form}", *words, *link[:-1], link[-1], *map(str, values)],
                            capture_output=True, text=True, check=False, timeout=10)
    assert result.returncode == 0, result.stderr
    return [float(v) for v in re.findall(r"^\[\d+\]:\s+(-?[\d.]+)", result.stdout, re.M)]


def test_devices_of_profiles_for_mbpoll(site):
    site.do("set", "meter-l1", 230.4)
    assert mbpoll(site, "upper", 3, 3, 0, count=2) == [0x4366, 0x6666]
    # The whole map of the profile answers, not only what the site uses of it.
    assert mbpoll(site, "upper", 3, 3, 0x0156, count=2) == [0, 0]
    site.do("set", "cold", -5.5)
    assert mbpoll(site, "lower", 7, 3, 1) == [65536 - 55]
    site.do("set", "wet", "wet")
    assert mbpoll(site, "lower", 8, 1, 7) == [1]
    mbpoll(site, "lower", 8, 0, 2, 1)
    assert site.do("get", "pump") == "1"
    # The coil is output and read-back in one, and the read-back follows a moment later.
    wait_for(lambda: mbpoll(site, "lower", 8, 0, 0, count=8) == [0, 0, 1, 0, 0, 0, 0, 0], 5, "the relay is on")


def test_a_gateway_on_ipv6(site):
    site.do("set", "em24-l3", 231.7)
    with pymodbus.ModbusTcpClient("::1", port=site.south) as client:
        # 2317 tenths of a volt, the least significant word first
        assert client.read_input_registers(4, 2, slave=1).registers == [2317, 0]


def test_the_addresses_of_a_site_in_a_network_of_their_own(build, tmp_path):
    alone = ["unshare", "--map-root-user", "--net", "sh", "-ec"]
    if subprocess.run([*alone, "ip link set lo up"], capture_output=True, check=False).returncode:
        pytest.skip("this machine makes no network namespaces")
    site = AnySite(build, tmp_path)
    with open(site.config, encoding="utf-8") as file:
        text = file.read().replace(f'"127.0.0.1"; port = {site.north}', '"192.168.20.5"; port = 502')
    with open(site.config, "w", encoding="utf-8") as file:
        file.write(text)
    script = f"""ip link set lo up
ip address add 192.168.20.5/32 dev lo
{site.build}/facility-sim --config {site.config} --control {site.control} >{site.folder}/out &
until grep -q ready {site.folder}/out; do sleep 0.05; done
{site.build}/facility-sim --control {site.control} do set cable wet >&2
mbpoll -m tcp -0 -1 -q -p 502 -a 9 -r 0 -c 1 -t 3 192.168.20.5
kill $!"""
    result = subprocess.run([*alone, script], capture_output=True, text=True, check=False, timeout=20, env=ENVIRONMENT)
    assert re.search(r"^\[0\]:\s+1$", result.stdout, re.M), result.stdout + result.stderr


@pytest.fixture
def observed(build, tmp_path):
    """The same site with a broker and facilityd."""
    building = Building(build)
    site = AnySite(build, tmp_path, building.mqtt_port)
    building.config = site.config
    os.makedirs(building.state)
    site.start()
    os.environ["FACILITYD_PROFILES"] = ENVIRONMENT["FACILITYD_PROFILES"]
    try:
        building.start_broker()
        site.observer = Observer(building.mqtt_port)
        building.start_daemon()
        site.building = building
        yield site
    finally:
        del os.environ["FACILITYD_PROFILES"]
        site.observer.close()
        building.stop()
        site.stop()


def reads(site, point, expected):
    def good():
        document = site.observer.point(point) or {}
        return document.get("quality") == "good" and document["value"] == pytest.approx(expected, rel=1e-6)

    wait_for(good, 20, f"{point} reads {expected}: {site.observer.point(point)}")


def test_facilityd_reads_it_back(observed):
    for bus in ("north", "upper"):
        observed.set_numbers(bus)
        for table in TABLES:
            for name, (_kind, _order, _form, value) in NUMBERS.items():
                reads(observed, f"{bus}-{table}-{name}", value)
    for point, word, value in [("meter-l1", "231.5", 231.5), ("em24-l3", "229.9", 229.9), ("cold", "-12.3", -12.3),
                               ("wet", "wet", 1), ("cable", "wet", 1)]:
        observed.do("set", point, word)
        reads(observed, point, value)


@pytest.mark.parametrize("device, point, fault, reason", [
    ("meter", "meter-l1", "exception 6", "exception"), ("meter", "meter-l1", "truncated", "timeout"),
    ("meter", "meter-l1", "wrong-unit", "mismatch"), ("meter", "meter-l1", "late 900ms", "timeout"),
    ("gavazzi", "em24-l3", "wrong-unit", "mismatch"), ("gavazzi", "em24-l3", "reset", "link"),
    ("gavazzi", "em24-l3", "noise", "garbled|mismatch"), ("gavazzi", "em24-l3", "late 1500ms", "timeout"),
])
def test_facilityd_takes_no_value_from_a_faulty_device(observed, device, point, fault, reason):
    observed.do("set", point, "230")
    reads(observed, point, 230)
    observed.do("fault", device, *fault.split())
    observed.do("set", point, "250")  # which must not be believed while the answers are wrong

    def bad():
        document = observed.observer.point(point) or {}
        assert document.get("value") != 250, "a wrong answer was believed"
        return document.get("quality") == "bad" and re.search(reason, str(document["reason"]))

    wait_for(bad, 20, f"{point} is bad by {reason}: {observed.observer.point(point)}")
    observed.do("fault", device, "none")
    reads(observed, point, 250)


def test_dripped_bytes_in_time_are_an_answer(observed):
    observed.do("fault", "meter", "dripped", "5ms")
    observed.do("set", "meter-l2", "233")
    reads(observed, "meter-l2", 233)


# The table ---------------------------------------------------------------------


def test_the_table_is_plain_where_there_is_no_terminal(build, tmp_path):
    site = AnySite(build, tmp_path).start("--table")
    try:
        head = site.process.stdout.readline()
        assert head.split() == ["POINT", "VALUE", "CLASS", "ZONE", "DEVICE", "ANSWERS"]
        for _ in range(200):
            if site.process.stdout.readline().startswith("torn "):
                break
        site.do("set", "cold", "21.5")
        assert site.process.stdout.readline() == "cold 21.5 degC\n"
    finally:
        site.stop()


def test_the_table_is_redrawn_in_place_on_a_terminal(build, tmp_path):
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 70, 0, 0))
    site = AnySite(build, tmp_path).start("--table", stdout=slave)
    os.close(slave)
    try:
        wait_for(lambda: os.path.exists(site.control), 5, "the simulator runs")
        time.sleep(0.7)
        site.do("set", "torn", "wet")
        site.do("fault", "leaks", "noise")
        time.sleep(1.2)
        seen = os.read(master, 65536).decode()
    finally:
        site.stop()
        seen += os.read(master, 65536).decode()
        os.close(master)
    frames = seen.split("\033[H")[1:]
    assert len(frames) >= 3
    for frame in frames[1:]:
        lines = re.sub(r"\033\[[?0-9]*[a-zA-Z]", "", frame.split("\033[?25h")[0]).splitlines()
        assert len(lines) <= 10 and all(len(line) <= 70 for line in lines), lines
    # What moved last stands first, with the fault of its device.
    assert re.search(r"^torn +wet +leak +f1 +leaks +noise", frames[-1], re.M), frames[-1]
    assert seen.rstrip().endswith("\033[?25h")  # the cursor is back
