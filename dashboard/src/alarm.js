// The alarm sound: short tones while an incident is not acknowledged. Silenced, it comes back with
// the next raise, and after a time. A browser gives no sound before the page was touched.

const SILENCE_MS = 5 * 60 * 1000, EVERY_MS = 4000;
// Tones: [Hz, at s, for s]. The more severe, the more and the higher.
const PATTERNS = {
  critical: [[880, 0, 0.18], [660, 0.22, 0.18], [880, 0.44, 0.18], [660, 0.66, 0.18], [880, 0.88, 0.3]],
  high: [[740, 0, 0.2], [740, 0.3, 0.2], [740, 0.6, 0.3]],
  medium: [[590, 0, 0.2], [590, 0.35, 0.3]],
  low: [[520, 0, 0.35]],
  drill: [[440, 0, 0.2], [550, 0.25, 0.3]],
  lost: [[330, 0, 0.3], [262, 0.35, 0.5]],
};

export function createAlarm({ now = Date.now, changed }) {
  let context = null, silencedMs = 0, wanted = null, timer = null;
  let lastMs = 0; // when it last sounded; 0: at once
  const alarm = { played: 0 };

  function tone([hz, at, length]) {
    const oscillator = context.createOscillator(), gain = context.createGain();
    const start = context.currentTime + at;
    oscillator.frequency.value = hz;
    oscillator.type = "triangle";
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(0.35, start + 0.02);
    gain.gain.setValueAtTime(0.35, start + length - 0.04);
    gain.gain.linearRampToValueAtTime(0, start + length);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + length);
  }

  function play(pattern) {
    if (alarm.state() === "blocked")
      return;
    alarm.played++;
    PATTERNS[pattern].forEach(tone);
  }

  function tick() {
    if (silencedMs && now() >= silencedMs) {
      silencedMs = 0;
      changed();
    }
    // A browser that lets nothing sound yet does not use up the turn: it sounds as soon as it may.
    if (wanted && !silencedMs && alarm.state() !== "blocked" && now() - lastMs >= EVERY_MS) {
      lastMs = now();
      play(wanted);
    }
  }

  /** "on", "silenced", or "blocked": the browser waits for a touch. */
  alarm.state = () => (!context || context.state !== "running" ? "blocked" : silencedMs ? "silenced" : "on");
  alarm.silencedUntil = () => silencedMs;

  /** To be called from a click or key: browsers ask for that. */
  alarm.enable = () => {
    const Context = window.AudioContext ?? window.webkitAudioContext;
    if (!Context)
      return;
    context ??= new Context();
    context.onstatechange = changed;
    context.resume().then(changed, () => {});
    timer ??= setInterval(tick, 250);
  };
  alarm.silence = () => {
    silencedMs = now() + SILENCE_MS;
    changed();
  };
  alarm.unsilence = () => {
    silencedMs = 0;
    changed();
  };
  /** The most severe that is not acknowledged: "critical" ... "low", "drill"; null: none. */
  alarm.want = (pattern) => {
    wanted = pattern in PATTERNS ? pattern : pattern && "high";
    if (!lastMs)
      tick(); // a hidden tab's timers are slow
  };
  /** A new raise: sounds at once, silenced or not. */
  alarm.raise = () => {
    silencedMs = 0;
    lastMs = 0;
  };
  alarm.once = play;
  return alarm;
}
