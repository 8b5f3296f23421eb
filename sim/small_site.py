"""A small site for the simulator's tests: two floors with water, leaks, and a boiler whose supply
is an output with a contactor."""

from facility_sim.site import Bus, Class, Device, Point, Site


def state(name, zero, one):
    return Class(name, True, states=((zero,), (one,)), words=(zero, one))


def small_site():
    classes = [Class("water.pressure", False, "bar", 2), state("leak", "dry", "wet"),
               state("boiler.supply", "off", "on"), state("boiler.contactor", "open", "closed"),
               Class("boiler.temperature", False, "degC", 1)]
    pressure, leak, supply, contactor, temperature = classes
    bus = Bus("none", "gpio", {})
    water, boiler = Device("water", bus), Device("boiler", bus)
    points = [Point("f1-pressure", pressure, "f1", water, 0, 10), Point("f2-pressure", pressure, "f2", water, 0, 10),
              Point("f1-leak", leak, "f1.tea", water, 0, 1), Point("f2-leak", leak, "f2.tea", water, 0, 1),
              Point("f1-supply", supply, "f1.tea", boiler, 0, 1, writable=True),
              Point("f1-contactor", contactor, "f1.tea", boiler, 0, 1),
              Point("f1-temperature", temperature, "f1.tea", boiler, 0, 120)]
    points[4].readback = points[5]
    return Site(["centre", "f1", "f1.tea", "f2", "f2.tea"], classes, [bus], [water, boiler], points)
