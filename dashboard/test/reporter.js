// What `make check-dashboard` prints: a line for each test, what was measured, and the count at the end.

export default async function* reporter(source) {
  let passed = 0, failed = 0, skipped = 0;
  for await (const { type, data } of source) {
    if (type === "test:diagnostic" && !/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(data.message))
      yield `       ${data.message}\n`;
    if (type === "test:stderr" || type === "test:stdout")
      yield data.message;
    // A file that ran its tests is no test of its own.
    if ((type !== "test:pass" && type !== "test:fail") || (data.nesting === 0 && /\.test\.js$/.test(data.name) && type === "test:pass"))
      continue;
    const time = ` (${(data.details.duration_ms / 1000).toFixed(1)} s)`;
    if (data.skip !== undefined) {
      skipped++;
      yield `skip ${data.name}: ${data.skip}\n`;
    } else if (type === "test:pass") {
      passed++;
      yield `ok   ${data.name}${time}\n`;
    } else {
      failed++;
      const error = data.details.error, cause = error?.cause ?? error;
      yield `FAIL ${data.name}${time}\n${String(cause?.stack ?? cause).replace(/^/gm, "       ")}\n`;
    }
  }
  yield `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}\n`;
}
