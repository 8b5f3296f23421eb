"""What probe and scan share: whether somebody would be disturbed, and why a bus cannot be asked."""

import errno
import ipaddress
import sys

from facilityctl.failed import Failed

CONNECTED = ("01", "02")  # established, or on its way there: as /proc/net/tcp has it


def kernel_address(host):
    """The address as /proc/net writes it: words of 32 bits in the machine's order, in hexadecimal."""
    packed = ipaddress.ip_address(host).packed
    return "".join(f"{int.from_bytes(packed[i:i + 4], sys.byteorder):08X}" for i in range(0, len(packed), 4))


def is_connected_to(host, port):
    remote = f"{kernel_address(host)}:{port:04X}"
    try:
        with open("/proc/net/tcp6" if ":" in host else "/proc/net/tcp", encoding="ascii") as connections:
            return any(line.split()[2:4] in ([remote, state] for state in CONNECTED) for line in connections)
    except OSError:
        return False


def in_use(bus, who):
    return Failed(f'bus "{bus["id"]}" is in use: {who}, most likely facilityd, and a second master would disturb it. '
                  "Stop it for this (systemctl stop facilityd), then start it again")


def need_free(bus):
    """A second master must disturb nobody that is seen. A serial line says it when it is opened."""
    if bus["adapter"] == "modbus-tcp" and is_connected_to(bus["options"]["host"], bus["options"]["port"]):
        raise in_use(bus, "a program on this machine is connected to it")


def failed(bus, lost):
    """Why a bus could not be opened, or was lost."""
    if lost.number == errno.EBUSY:
        return in_use(bus, "a program has the serial line, or it is never silent")
    return Failed(f'bus "{bus["id"]}": {lost}')
