"""A Modbus slave that is not ours (python3-pymodbus), for test_peers.py.

    pymodbus_slave.py tcp PORT LEVEL
    pymodbus_slave.py rtu PATH LEVEL

Unit 5: holding registers 0.. = LEVEL, 0x42F6, 0xE979 (123.456 as f32, big-endian words), 0xFFFE (-2), 0x8001;
input registers 0.. = 7 each; coils and discrete inputs 0.. = 0 (coil 3 = 1).
"""

import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext

try:
    from pymodbus.framer import FramerType  # from 3.7 on
    RTU = FramerType.RTU
except ImportError:
    from pymodbus.transaction import ModbusRtuFramer as RTU

from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer

HOLDING = [0x42F6, 0xE979, 0xFFFE, 0x8001] + [0] * 20


def block(values):
    return ModbusSequentialDataBlock(1, values)


def context(level):
    unit = ModbusSlaveContext(di=block([0] * 16), co=block([0, 0, 0, 1] + [0] * 12), hr=block([level] + HOLDING),
                              ir=block([7] * 16))
    return ModbusServerContext(slaves={5: unit}, single=False)


async def main():
    kind, where, level = sys.argv[1:]
    if kind == "tcp":
        await StartAsyncTcpServer(context=context(int(level)), address=("127.0.0.1", int(where)))
    else:
        await StartAsyncSerialServer(context=context(int(level)), port=where, framer=RTU, baudrate=19200)


asyncio.run(main())
