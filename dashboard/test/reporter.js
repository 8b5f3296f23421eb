// What `make check-dashboard` prints: a line for each test, what was measured, what failed once more, and the count at
// the end. So a log of which only the end was kept still says which test failed, and with what.

import { basename } from "node:path";

const ERROR_LINES = 8, NOTE_LINES = 7;

const indent = (text) => text.replace(/^/gm, "       ");

/** Without colors and empty lines, and no longer than so many. */
function short(text, lines) {
  const all = text.replace(/\u001b\[[0-9;]*m/g, "").split("\n").filter((line) => line.trim());
  return all.length > lines ? [...all.slice(0, lines - 1), "…"] : all;
}

/** The error's words, and the line of the test that had it. */
function explained(failure) {
  const { name, file, cause, notes } = failure;
  const at = String(cause?.stack ?? "").split("\n").find((line) => line.includes(".test.js:"))?.trim();
  const lines = [...short(String(cause?.message ?? cause), ERROR_LINES), ...(at ? [at] : []), ...notes.flatMap((note) => short(note, NOTE_LINES))];
  return `FAIL ${name}${file ? ` (${basename(file)})` : ""}\n${indent(lines.join("\n"))}\n`;
}

export default async function* reporter(source) {
  let passed = 0, failed = 0, skipped = 0, last = null;
  const failures = [];
  for await (const { type, data } of source) {
    if (type === "test:diagnostic" && !/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(data.message)) {
      last?.notes.push(data.message); // a test's own come right after it
      yield `${indent(data.message)}\n`;
    }
    if (type === "test:stderr" || type === "test:stdout")
      yield data.message;
    // A file that ran its tests is no test of its own.
    if ((type !== "test:pass" && type !== "test:fail") || (data.nesting === 0 && /\.test\.js$/.test(data.name) && type === "test:pass"))
      continue;
    const time = ` (${(data.details.duration_ms / 1000).toFixed(1)} s)`;
    last = null;
    if (data.skip !== undefined) {
      skipped++;
      yield `skip ${data.name}: ${data.skip}\n`;
    } else if (type === "test:pass") {
      passed++;
      yield `ok   ${data.name}${time}\n`;
    } else {
      failed++;
      const error = data.details.error, cause = error?.cause ?? error;
      last = { name: data.name, file: data.file, cause, notes: [] };
      failures.push(last);
      yield `FAIL ${data.name}${time}\n${indent(String(cause?.stack ?? cause))}\n`;
    }
  }
  if (failures.length)
    yield "\nwhat failed, once more:\n";
  for (const failure of failures)
    yield explained(failure);
  yield `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}\n`;
}
