// Bundles the pages into src/ganforge/studio/pages, prints what they weigh, and fails where they weigh too much.
// `--out FOLDER` puts them elsewhere; `--test` bundles and runs the tests of the pure functions instead.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const most = 150_000; // bytes, compressed: all of our own code, styles and libraries; the in-browser runtime is apart
const runtime = "onnxruntime-web";

const common = {
  absWorkingDir: here,
  bundle: true,
  format: "esm",
  target: ["chrome123", "firefox128", "safari17.5"],
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
};

function tests() {
  const found = [];
  const look = (folder) => {
    for (const each of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, each.name);
      if (each.isDirectory()) look(path);
      else if (/\.test\.tsx?$/.test(each.name)) found.push(path);
    }
  };
  look(join(here, "src"));
  return found;
}

async function test() {
  const out = mkdtempSync(join(tmpdir(), "pages-test-"));
  await build({ ...common, entryPoints: tests(), outdir: out, outExtension: { ".js": ".mjs" }, platform: "node", target: "node20" });
  const files = readdirSync(out, { recursive: true }).filter((name) => name.endsWith(".mjs"));
  const ran = spawnSync(process.execPath, ["--test", ...files.map((name) => join(out, name))], { stdio: "inherit" });
  rmSync(out, { recursive: true });
  process.exit(ran.status ?? 1);
}

function argument(name, otherwise) {
  const at = process.argv.indexOf(name);
  return at === -1 ? otherwise : resolve(process.argv[at + 1] ?? otherwise);
}

async function pages() {
  const out = argument("--out", join(here, "..", "src", "ganforge", "studio", "pages"));
  mkdirSync(dirname(out), { recursive: true });
  const staging = mkdtempSync(`${out}.`); // built aside: a server that runs meanwhile never sees half of it
  try {
    await bundle(staging);
    rmSync(out, { recursive: true, force: true });
    renameSync(staging, out);
    chmodSync(out, 0o755);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  console.log(`Pages: ${relative(process.cwd(), out) || out}`);
}

async function bundle(folder) {
  const assets = join(folder, "assets");
  mkdirSync(assets);
  const made = await build({
    ...common,
    entryPoints: { studio: "src/main.tsx", style: "src/style/main.css" },
    outdir: assets,
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    assetNames: "[name]-[hash]",
    publicPath: "/assets",
    loader: { ".wasm": "file" },
    splitting: true,
    minify: true,
    metafile: true,
    legalComments: "none",
  });
  const outputs = Object.entries(made.metafile.outputs);
  const entry = (end) => outputs.find(([, each]) => each.entryPoint?.endsWith(end));
  const [script, described] = entry("main.tsx");
  const preload = described.imports
    .filter((each) => each.kind === "import-statement")
    .map((each) => `<link rel="modulepreload" href="/assets/${basename(each.path)}" />`);
  const words = {
    script: `/assets/${basename(script)}`,
    style: `/assets/${basename(entry("main.css")[0])}`,
    icon: `/assets/${icon(assets)}`,
    preload: preload.join("\n    "),
  };
  const html = readFileSync(join(here, "src", "index.html"), "utf8");
  writeFileSync(join(folder, "index.html"), html.replace(/\{\{(\w+)\}\}/g, (_, name) => words[name]));
  licences(made.metafile.inputs, assets);
  const own = weigh(outputs);
  if (own > most) throw new Error(`The pages' own code weighs ${kb(own)} compressed; the most allowed is ${kb(most)}.`);
}

function icon(assets) {
  const drawn = readFileSync(join(here, "src", "icon.svg"));
  const name = `icon-${createHash("sha256").update(drawn).digest("hex").slice(0, 8)}.svg`;
  writeFileSync(join(assets, name), drawn);
  return name;
}

/** What the libraries inside ask to be handed on with them; not every package holds its own. */
function licences(inputs, folder) {
  const inside = new Set(Object.keys(inputs).flatMap((name) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(name)?.[1] ?? []));
  const texts = [...inside].sort().map((name) => {
    const own = join(here, "node_modules", name);
    const { version } = JSON.parse(readFileSync(join(own, "package.json"), "utf8"));
    const file = [join(own, "LICENSE"), join(here, "licences", `${name}.txt`)].find((path) => existsSync(path));
    if (file === undefined) throw new Error(`${name} is bundled, and its licence is not known. Put its text into web/licences/${name}.txt.`);
    return `${name} ${version}\n\n${readFileSync(file, "utf8").trim()}\n`;
  });
  writeFileSync(join(folder, "licences.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
}

function kb(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function weigh(outputs) {
  let own = 0;
  for (const [name, each] of outputs) {
    const path = join(here, name);
    const gz = gzipSync(readFileSync(path), { level: 9 }).length;
    const apart = Object.keys(each.inputs).some((input) => input.includes(`node_modules/${runtime}/`));
    const what = each.entryPoint ?? Object.keys(each.inputs).at(-1) ?? "";
    if (!apart) own += gz;
    const row = [basename(name).padEnd(44), kb(statSync(path).size).padStart(11), kb(gz).padStart(11)];
    console.log(`${row.join("")}  ${apart ? "runtime, loaded when used" : what}`);
  }
  console.log(`${"own code".padEnd(44)}${"".padStart(11)}${kb(own).padStart(11)}  of at most ${kb(most)}`);
  return own;
}

try {
  await (process.argv.includes("--test") ? test() : pages());
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
