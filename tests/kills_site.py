"""The building of tests/kills.py: its configuration, and its sensors and relays as a Modbus slave."""

import contextlib
import socket
import struct
import threading

FLOORS = ("f1", "f2", "f3", "f4")

CONFIG = """
site: {{ id = "centre"; zh = "中心"; en = "Centre"; }};
mqtt: {{ host = "127.0.0.1"; port = {mqtt_port}; }};
daemon: {{ actions_armed = true; deadline_scale = 0.05; record_within = "10 s"; }};
zones = ( {zones} );
classes = (
  {{ id = "leak"; kind = "state"; off_zh = "干"; off_en = "dry"; on_zh = "湿"; on_en = "wet"; zh = "漏水"; en = "Leak"; }},
  {{ id = "circuit"; kind = "state"; off_zh = "断"; off_en = "off"; on_zh = "通"; on_en = "on"; zh = "回路"; en = "Circuit"; }},
  {{ id = "contact"; kind = "state"; off_zh = "断"; off_en = "off"; on_zh = "通"; on_en = "on"; zh = "触点"; en = "Contact"; }}
);
buses: {{ gateway: {{ adapter = "modbus-tcp"; zh = "网关"; en = "Gateway"; host = "127.0.0.1"; port = {modbus_port}; }}; }};
devices: {{ module: {{ bus = "gateway"; zone = "f1"; poll = "20 ms"; zh = "模块"; en = "Module";
  unit = 1; address_base = "4xxxx"; points: {{ {points} }}; }}; }};
roles: {{ guards: {{ zh = "保安"; en = "Guards"; }}; head: {{ zh = "负责人"; en = "Head"; }}; }};
chain: {{ remind = "30 s"; levels = ( {{ roles = [ "head" ]; after = "40 s"; }} ); }};
actions: {{ cut: {{ class = "circuit"; scope = "zone"; value = 0; mode = "auto"; confirm = "5 s"; zh = "切断"; en = "Cut"; }}; }};
types: {{
  leak: {{ number = 16; severity = "high"; zh = "漏水"; en = "Leak";
    facts = ( {{ id = "long"; ask = [ "head" ]; after = "10 s"; zh = "漏水会持续吗？"; en = "Will it last?"; }} ); steps = (
    {{ id = "cut"; clause = "16.1"; by = [ "guards" ]; deadline = "50 s"; mandatory = true; zh = "切断"; en = "Cut"; action = "cut"; }},
    {{ id = "mop"; clause = "16.2"; by = [ "guards" ]; deadline = "20 s"; mandatory = true; zh = "拖地"; en = "Mop"; }},
    {{ id = "call"; clause = "16.3"; by = [ "head" ]; fact = "long"; deadline = "30 s"; zh = "报告"; en = "Call"; }} ); }};
  pet: {{ number = 13; severity = "low"; zh = "宠物"; en = "Pet"; steps = (
    {{ id = "ask"; clause = "13.1"; by = [ "guards" ]; deadline = "20 s"; mandatory = true; zh = "劝离"; en = "Ask it out"; }} ); }};
}};
rules: {{ wet: {{ type = "leak"; zh = "漏水"; en = "Wet"; condition = "any(leak)"; for = "30 ms"; clear_for = "60 ms";
  each = "zone"; chatter_max = 0; }}; }};
"""


def config_text(mqtt_port, modbus_port):
    zones = ", ".join(f'{{ id = "{f}"; zh = "{f}"; en = "{f}"; }}' for f in FLOORS)
    points = "".join(f"""
      {f}-leak: {{ class = "leak"; zone = "{f}"; register = {10001 + i}; zh = "x"; en = "x"; }};
      {f}-contact: {{ class = "contact"; zone = "{f}"; register = {10011 + i}; zh = "x"; en = "x"; }};
      {f}-circuit: {{ class = "circuit"; zone = "{f}"; register = {1 + i}; writable = true; armed = true;
        readback = "{f}-contact"; zh = "x"; en = "x"; }};""" for i, f in enumerate(FLOORS))
    return CONFIG.format(mqtt_port=mqtt_port, modbus_port=modbus_port, zones=zones, points=points)


class Slave:
    """Leaks as discrete inputs 0.., circuits as coils 0.., whose contacts are discrete inputs 10.. ."""

    def __init__(self):
        self.leaks, self.coils = [0] * len(FLOORS), [1] * len(FLOORS)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self.listener.accept()[0],), daemon=True).start()

    def _inputs(self):
        return self.leaks + [0] * (10 - len(FLOORS)) + self.coils + [0] * 50

    def _answer(self, function, data):
        address, count = struct.unpack(">HH", data[:4])
        if function == 5:
            self.coils[address] = int(count == 0xFF00)
            return data[:4]
        bits = (self._inputs() if function == 2 else self.coils + [0] * 60)[address:address + count]
        size = (count + 7) // 8
        return bytes([size]) + sum(bit << i for i, bit in enumerate(bits)).to_bytes(size, "little")

    def _serve(self, link):
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = b""
        with contextlib.suppress(OSError), link:
            while more := link.recv(4096):
                buffer += more
                while len(buffer) >= 6 and len(buffer) >= 6 + struct.unpack(">H", buffer[4:6])[0]:
                    length = struct.unpack(">H", buffer[4:6])[0]
                    head, unit, pdu = buffer[:4], buffer[6:7], buffer[7:6 + length]
                    buffer = buffer[6 + length:]
                    body = unit + pdu[:1] + self._answer(pdu[0], pdu[1:])
                    link.sendall(head + struct.pack(">H", len(body)) + body)

    def close(self):
        self.listener.close()
