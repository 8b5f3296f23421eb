// Times for people. Pure but for serverClock, which learns how far this device's clock is off.

const pad = (number) => String(number).padStart(2, "0");

/** "14:03:09", in this device's time zone. */
export function clock(ms) {
  const date = new Date(ms);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** "14:03" today, else "11-24 14:03". */
export function moment(ms, nowMs) {
  const date = new Date(ms), now = new Date(nowMs);
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  return date.toDateString() === now.toDateString() ? time
    : `${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`;
}

/** "4:05" or "1:04:05"; never negative. */
export function countdown(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const tail = `${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${tail}` : tail.replace(/^0/, "");
}

/** "12 s", "5 min", "2 h 5 min", "3 d", in the words of the language. */
export function span(ms, words) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60)
    return `${s} ${words.seconds}`;
  if (s < 3600)
    return `${Math.floor(s / 60)} ${words.minutes}`;
  if (s < 86400) {
    const minutes = Math.floor(s / 60) % 60;
    return `${Math.floor(s / 3600)} ${words.hours}${minutes ? ` ${minutes} ${words.minutes}` : ""}`;
  }
  return `${Math.floor(s / 86400)} ${words.days}`;
}

/**
 * The clock of facilityd as seen from here. Each live document was written before it came, so
 * arrival minus its time is never less than the offset; the least of the last ones is nearest. An
 * answer is written at once, so it counts alone.
 */
export function serverClock(localNow = Date.now) {
  let samples = [], answered = null;
  const offset = () => (answered ?? (samples.length >= 5 ? Math.min(...samples) : 0));
  return {
    seen(timeMs) {
      samples = [...samples.slice(-49), localNow() - timeMs];
    },
    answered(timeMs, sentMs) {
      answered = Math.round((sentMs + localNow()) / 2 - timeMs);
    },
    forget() {
      samples = [];
      answered = null;
    },
    offset,
    // Less than a second is the way through the network, and not worth a jump of the countdowns.
    now: () => localNow() - (Math.abs(offset()) > 1000 ? offset() : 0),
  };
}
