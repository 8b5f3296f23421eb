"""The building itself: what every point truly is, and how that changes by itself.

Ramps, relays that obey after a while, temperatures that follow a supply, noise. A function of
what was asked of it and of the time given to it; knows no registers, files or sockets.
Times are ms.
"""

import math
import random
from dataclasses import dataclass

RELAY_MS, RAMP_STEP_MS, FOLLOW_STEP_MS, NOISE_STEP_MS = 50, 50, 200, 1000
SETTLED = 1e-3  # a follower this near has arrived
NEVER = math.inf


class Unwired:
    """What a building asks of its wires, when it has none."""

    def show(self, point, value):
        """Its device is to say this."""

    def can_show(self, point, value):
        """Could it?"""
        return True

    def silence(self, device, silent):
        """The device answers nothing, or answers again."""

    def fault(self, device, fault):
        """What is wrong with its answers."""


@dataclass(eq=False)
class Follow:
    """The points of a class go to `on` while an output of theirs is on, else to `off`, with tau."""
    kind: object
    output: object
    on: float
    off: float
    tau_ms: float = 0  # 0: at once


@dataclass(eq=False)
class Ramp:
    """From one value to another."""
    start: float
    end: float
    start_ms: float
    end_ms: float

    def value(self, now_ms):
        return self.start + (self.end - self.start) * (now_ms - self.start_ms) / (self.end_ms - self.start_ms)


class State:
    """What a point is."""

    def __init__(self, point):
        self.point = point
        self.normal = self.value = point.clamp(0)
        self.shown = self.value  # value and noise: what the device says
        self.noise = 0           # amplitude
        self.ramp = None
        self.obey_ms = NEVER     # an output: its relay moves then
        self.stuck = False       # an output: its relay does not move
        self.held = False        # set by someone: follows nothing for now
        self.follow = self.leader = None


class Building:
    """`wake` is called whenever something has happened, so that step() may be."""

    def __init__(self, site):
        self.site, self.wires, self.wake = site, Unwired(), lambda: None
        self.states = {point: State(point) for point in site.points.values()}
        self.relay_ms = RELAY_MS
        self.stepped_ms = self.noise_ms = self.next_ms = 0  # nothing changes by itself before next_ms
        self.random = random.Random(1)                      # each run is the same

    # How it begins ------------------------------------------------------------

    def normal(self, point, value):
        state = self.states[point]
        state.normal = state.value = state.shown = value

    def noise(self, point, amplitude):
        self.states[point].noise = amplitude

    def follow(self, follow):
        """How many points have found an output."""
        found = 0
        for state in self.states.values():
            leader = state.point.kind is follow.kind and self._leader_of(state.point, follow.output)
            if leader:
                state.follow, state.leader = follow, leader
                found += 1
        return found

    def _leader_of(self, point, kind):
        """A boiler's own supply is on its own device; where there is none, any in its zone."""
        near = [p for p in self.states if p.kind is kind and p.writable and p.zone == point.zone]
        own = [p for p in near if p.device is point.device]
        return self.states[(own or near)[0]] if near else None

    def begin(self, now_ms):
        """Let relays and followers agree with the outputs, and show everything."""
        for state in self.states.values():
            if state.point.writable and state.point.readback:
                self.normal(state.point.readback, state.value)
        for state in self.states.values():
            if state.leader:
                self.normal(state.point, self._target(state))
            self._show(state, state.value)
        self.stepped_ms = self.noise_ms = self.next_ms = now_ms

    # What happens to it -------------------------------------------------------

    def set(self, point, value, over_ms, now_ms):
        """An output is switched by it, as a master would."""
        self.states[point].held = True
        self._go_to(point, value, over_ms, now_ms)

    def unset(self, point, over_ms, now_ms):
        """Back to its normal value; a follower follows again."""
        self._touch(now_ms)
        state = self.states[point]
        state.held, state.ramp = False, None
        if not state.leader:
            self._go_to(point, state.normal, over_ms, now_ms)

    def written(self, output, value, now_ms):
        """A master has written an output."""
        self._touch(now_ms)
        state = self.states[output]
        state.ramp = None
        if not (state.stuck and output.readback is output):
            state.value = value
            self._relay_wait(state, now_ms)
        self._show(state, state.value)  # of a stuck one its own register proves that it did not obey

    def stuck(self, point, stuck, now_ms):
        """The relay of an output, or of the output that this point reads back. False: it is neither."""
        output = point if point.writable else next((p for p in self.states if p.readback is point), None)
        if not output:
            return False
        self._touch(now_ms)
        state = self.states[output]
        state.stuck, state.obey_ms = stuck, NEVER
        self._relay_wait(state, now_ms)
        return True

    def reset(self, now_ms):
        """Everything normal, obeying and answering."""
        for state in self.states.values():
            state.stuck = False
            self.unset(state.point, 0, now_ms)
        for device in self.site.devices.values():
            self.wires.silence(device, False)
            self.wires.fault(device, None)

    def value(self, point):
        """What its device says."""
        return self.states[point].shown

    def _touch(self, now_ms):
        """Before something happens: bring all to this time, and have what follows looked at."""
        if now_ms != self.stepped_ms:
            self.next_ms = now_ms
            self.step(now_ms)
        self.next_ms = now_ms
        self.wake()

    def _go_to(self, point, value, over_ms, now_ms):
        self._touch(now_ms)
        state = self.states[point]
        if point.writable:
            self.written(point, value, now_ms)
        elif over_ms > 0:
            state.ramp = Ramp(state.value, value, now_ms, now_ms + over_ms)
        else:
            state.ramp = None
            self._change(state, value)

    def _relay_wait(self, state, now_ms):
        if state.point.readback not in (None, state.point) and not state.stuck:
            state.obey_ms = now_ms + self.relay_ms

    def _show(self, state, value):
        state.shown = value
        self.wires.show(state.point, value)

    def _change(self, state, value):
        if state.value != value:
            state.value = value
            self._show(state, value)

    # How it goes on -----------------------------------------------------------

    def step(self, now_ms):
        """Go on to now_ms. Returns when to call again; NEVER: only when something happens."""
        if now_ms < self.next_ms:
            return self.next_ms
        past_ms, self.stepped_ms = now_ms - self.stepped_ms, now_ms
        noisy = now_ms - self.noise_ms >= NOISE_STEP_MS
        if noisy:
            self.noise_ms = now_ms
        next_ms = min((self._step_relay(state, now_ms) for state in self.states.values()), default=NEVER)
        for state in self.states.values():
            if state.ramp:
                next_ms = min(next_ms, self._step_ramp(state, now_ms))
            elif state.leader and not state.held:
                next_ms = min(next_ms, self._step_follow(state, now_ms, past_ms))
            if state.noise:
                next_ms = min(next_ms, self.noise_ms + NOISE_STEP_MS)
                if noisy:
                    self._step_noise(state)
        self.next_ms = next_ms
        return next_ms

    def _step_relay(self, state, now_ms):
        if now_ms < state.obey_ms:
            return state.obey_ms
        state.obey_ms = NEVER
        self._change(self.states[state.point.readback], state.value)
        return NEVER

    def _step_ramp(self, state, now_ms):
        ramp = state.ramp
        if now_ms < ramp.end_ms:
            self._change(state, ramp.value(now_ms))
            return now_ms + RAMP_STEP_MS
        state.ramp = None
        self._change(state, ramp.end)
        return NEVER

    def _target(self, state):
        """By what its output has truly switched: what the read-back says, where it has one."""
        proof = state.leader.point.readback
        effect = self.states[proof] if proof else state.leader
        return state.follow.on if effect.value else state.follow.off

    def _step_follow(self, state, now_ms, past_ms):
        target, tau_ms = self._target(state), state.follow.tau_ms
        left = target - state.value
        if tau_ms == 0 or abs(left) < SETTLED:
            self._change(state, target)
            return NEVER
        self._change(state, target - left * math.exp(-past_ms / tau_ms))
        return now_ms + FOLLOW_STEP_MS

    def _step_noise(self, state):
        """Noise never takes a value out of its point's range: it stands for a sound device."""
        value, point = state.value + state.noise * self.random.uniform(-1, 1), state.point
        self._show(state, point.clamp(value) if point.min <= state.value <= point.max else value)
