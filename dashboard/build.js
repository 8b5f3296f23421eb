// Builds the page: one HTML file with its style and script inside, because mosquitto serves files
// without a content type. The policy in it allows this script (by its hash) and no other.
//   node build.js OUTPUT WORDS      (WORDS: the table of words as JSON)

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const [output, words] = process.argv.slice(2);
if (!words) {
  console.error("build.js: needs two names: node build.js OUTPUT WORDS");
  process.exit(2);
}

async function bundle(entry, options) {
  const result = await build({
    entryPoints: [join(HERE, entry)], bundle: true, minify: true, write: false, target: "es2020",
    charset: "utf8", alias: { "facilityd-words": resolve(words) }, legalComments: "none", logLevel: "warning", ...options,
  });
  return result.outputFiles[0].text;
}

const script = (await bundle("src/main.jsx", {
  format: "iife", jsx: "automatic", jsxImportSource: "preact", define: { "process.env.NODE_ENV": '"production"' },
})).replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
const style = (await bundle("src/style.css")).replaceAll("</style", "<\\/style");
const hash = createHash("sha256").update(script).digest("base64");
const policy = ["default-src 'none'", `script-src 'sha256-${hash}'`, "style-src 'unsafe-inline'", "img-src data:",
  "connect-src ws: wss:", "worker-src blob:", "base-uri 'none'", "form-action 'none'"].join("; ");

// A function as replacement: a "$&" in the script is no pattern.
const page = readFileSync(join(HERE, "index.html"), "utf8")
  .replace("%POLICY%", () => policy).replace("%STYLE%", () => style).replace("%SCRIPT%", () => script);
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, page);
console.log(`${output}: ${Math.round(Buffer.byteLength(page) / 1024)} KiB`);
