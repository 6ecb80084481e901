// Writes src/schema.d.ts from Pyxiu's OpenAPI document. `--check` writes nothing and fails when the file is not current.
//
//   node packages/client/generate.mjs [--check] [document.json]
//
// Without a document it asks the Pyxiu of this working tree for one.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import openapiTS, { astToString } from "openapi-typescript";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");
const target = resolve(here, "src/schema.d.ts");
const words = process.argv.slice(2);
const check = words.includes("--check");
const given = words.find((word) => !word.startsWith("--"));

function documentText() {
  if (given) return readFileSync(given, "utf8");
  const script = [
    "import sys",
    "from pyxiu.api.openapi import build_document",
    "from pyxiu.api.routes import ENDPOINTS",
    "from pyxiu.api.wire.texts import to_json",
    "sys.stdout.buffer.write(to_json(build_document(ENDPOINTS, '0')))",
  ].join("\n");
  return execFileSync(resolve(root, ".venv/bin/python"), ["-c", script], { encoding: "utf8", maxBuffer: 1 << 26 });
}

const banner = "// Made by `npm run openapi` from the OpenAPI document; do not edit.\n\n";
const text = banner + astToString(await openapiTS(JSON.parse(documentText())));
const current = existsSync(target) && readFileSync(target, "utf8") === text;
if (check && !current) {
  console.error("packages/client/src/schema.d.ts is not what the API says now. Run: npm run openapi");
  process.exit(1);
}
if (!check && !current) writeFileSync(target, text);
console.log(current ? "The API types are current." : "The API types are written.");
