// Builds the page into nexshift/web/connect, where it is committed: a plant needs no Node.  With --tests the tests, into
// .tests.  The same sources and lock file give the same bytes, on Node 18 and later.

import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.env.CONNECT_TARGET ?? join(here, "..", "nexshift", "web", "connect");
const common = { absWorkingDir: here, bundle: true, charset: "utf8", legalComments: "none", logLevel: "warning" };

if (process.argv.includes("--tests")) {
  await rm(join(here, ".tests"), { recursive: true, force: true });
  await build({
    ...common,
    entryPoints: ["tests/*.test.ts"],
    outdir: ".tests",
    outExtension: { ".js": ".mjs" },
    format: "esm",
    platform: "node",
    packages: "external",
  });
} else {
  const script = await build({
    ...common,
    entryPoints: ["src/main.ts"],
    outfile: join(target, "connect.js"),
    minify: true,
    format: "iife",
    target: "es2020",
    metafile: true,
    define: { global: "globalThis" },
  });
  await build({ ...common, entryPoints: ["src/page.css"], outfile: join(target, "connect.css"), minify: true });
  await writeFile(join(target, "connect.html"), await readFile(join(here, "src", "page.html")));
  await writeFile(join(target, "licences.json"), await describePackages(Object.keys(script.metafile.inputs)));
}

/** Whose code is in the script, and under which licences: for `nexshift licences`, and for readers of the page. */
async function describePackages(inputs) {
  const names = new Set(inputs.map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean));
  const found = [...names].map(describePackage);
  if (names.has("jszip")) found.push(...["immediate", "lie", "pako", "setimmediate"].map(describePackage)); // in its one file
  const packages = (await Promise.all(found)).sort((one, other) => (one.name < other.name ? -1 : 1));
  return `${JSON.stringify(packages, null, 1)}\n`;
}

async function describePackage(name) {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence`);
  const text = await readFile(join(folder, file), "utf8");
  return { name, version, licence: license, text: text.replace(/\r\n/g, "\n").trim() };
}
