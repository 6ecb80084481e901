// Writes src/schema.d.ts from Pyxiu's OpenAPI document and src/stream-schema.d.ts from the schema of its stream. `--check`
// writes nothing and fails when a file is not current.
//
//   node packages/client/generate.mjs [--check]

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import openapiTS, { astToString } from "openapi-typescript";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");
const check = process.argv.includes("--check");

/** What a member's browser may call. Staff's endpoints and those of collectors of market data are not the terminal's. */
const GROUPS = /^\/api\/v2\/(peatio\/(public|account|market)|barong\/(public|identity|resource))\//;
/** A stream of a market, `"^.+\\.trades$"?:`. */
const MARKET_STREAM = /"\^\.\+\\\\\.([a-z0-9-]+)\$"\?:/g;

function documents() {
  const script = [
    "import sys",
    "from pyxiu.api.openapi import build_document",
    "from pyxiu.api.routes import ENDPOINTS",
    "from pyxiu.api.wire.texts import to_json",
    "from pyxiu.app.stream.schema import build_stream_schema",
    "sys.stdout.buffer.write(to_json([build_document(ENDPOINTS, '0'), build_stream_schema()]))",
  ].join("\n");
  const made = execFileSync(resolve(root, ".venv/bin/python"), ["-c", script], { encoding: "utf8", maxBuffer: 1 << 26 });
  return JSON.parse(made);
}

/** Every answer that is no success becomes an ApiFailure, so their types would be so many lines that nobody reads. */
function ofMembers(document) {
  const paths = Object.entries(document.paths).filter(([path]) => GROUPS.test(path));
  for (const operation of paths.flatMap(([, item]) => Object.values(item))) {
    operation.responses = Object.fromEntries(Object.entries(operation.responses).filter(([status]) => status < "300"));
  }
  return withReached({ ...document, paths: Object.fromEntries(paths) });
}

/** Without the schemas that no path needs. */
function withReached(document) {
  const { schemas } = document.components;
  const reached = new Set();
  const follow = (part) => {
    for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (reached.has(name)) continue;
      reached.add(name);
      follow(schemas[name]);
    }
  };
  follow(document.paths);
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => reached.has(name)));
  return { ...document, components: { ...document.components, schemas: kept } };
}

/** The definitions as an OpenAPI document. Streams of a market become properties, which `typesOf` makes template keys. */
function ofStream(schema) {
  const { description, properties, patternProperties } = schema.$defs.StreamFrame;
  const frame = { type: "object", description, properties: { ...properties, ...patternProperties } };
  const schemas = { ...schema.$defs, StreamFrame: frame };
  const document = { openapi: "3.1.0", info: { title: schema.title, version: "0" }, paths: {}, components: { schemas } };
  return JSON.parse(JSON.stringify(document).replaceAll("#/$defs/", "#/components/schemas/"));
}

async function typesOf(document, source, options = {}) {
  const types = astToString(await openapiTS(document, options)).replace(MARKET_STREAM, "[name: `${string}.$1`]:");
  return `// Made by \`npm run openapi\` from ${source}; do not edit.\n\n${types}`;
}

const [openapi, stream] = documents();
const made = {
  "src/schema.d.ts": await typesOf(ofMembers(openapi), "the OpenAPI document"),
  "src/stream-schema.d.ts": await typesOf(ofStream(stream), "the stream's schema", { defaultNonNullable: false }),
};
for (const [name, text] of Object.entries(made)) {
  const target = resolve(here, name);
  const current = existsSync(target) && readFileSync(target, "utf8") === text;
  if (check && !current) {
    console.error(`packages/client/${name} is not what the exchange says now. Run: npm run openapi`);
    process.exitCode = 1;
  }
  if (!check && !current) writeFileSync(target, text);
  if (!check || current) console.log(`${name} is ${current ? "current" : "written"}.`);
}
