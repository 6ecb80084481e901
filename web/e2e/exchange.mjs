// A demo exchange of its own for tests and screenshots: a free port, a folder that goes away, stopped by its process.

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const PYXIU = join(root, ".venv/bin/pyxiu");
const START_MS = 240_000;
const STOP_MS = 15_000;

/** What `up --chains` needs and this machine lacks. */
export function missingChains() {
  const places = (process.env.PATH ?? "").split(delimiter);
  const onPath = (name) => places.some((place) => existsSync(join(place, name)));
  const packages = join(root, ".tools/chains/node_modules/@foundry-rs");
  const anvil = process.env.PYXIU_ANVIL || onPath("anvil") || (existsSync(packages) && readdirSync(packages).some((name) => name.startsWith("anvil-")));
  return [...(onPath("litecoind") ? [] : ["litecoind"]), ...(anvil ? [] : ["anvil"])];
}

export async function startExchange({ bots = false, chains = false } = {}) {
  const home = mkdtempSync(join(tmpdir(), "pyxiu-web-"));
  const port = await freePort();
  const environment = { ...process.env, PYXIU_HOME: home };
  const words = ["up", chains ? "--chains" : "--demo", "--port", String(port), ...(bots ? [] : ["--no-bots"])];
  let child;
  let output = "";
  const start = async () => {
    child = spawn(PYXIU, words, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    const ready = new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`Pyxiu did not start:\n${output.slice(-4000)}`)), START_MS);
      const read = (chunk) => {
        output += chunk;
        if (!output.includes("Pyxiu is ready")) return;
        clearTimeout(timer);
        done();
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.once("exit", (code) => fail(new Error(`Pyxiu ended with ${code}:\n${output.slice(-4000)}`)));
    });
    await ready;
    output = "";
  };
  const stop = async () => {
    const running = child;
    if (!running || running.exitCode !== null) return;
    const gone = new Promise((done) => running.once("exit", done));
    running.kill("SIGTERM");
    const timer = setTimeout(() => running.kill("SIGKILL"), STOP_MS);
    await gone;
    clearTimeout(timer);
  };
  await start();
  return {
    url: `http://localhost:${port}`,
    start,
    stop,
    members: () => membersOf(execFileSync(PYXIU, ["demo", "credentials", "--home", home], { encoding: "utf8" })),
    remove: async () => {
      await stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Name, e-mail and password of the demo's members. */
function membersOf(text) {
  const members = {};
  let name = "";
  for (const line of text.split("\n")) {
    const head = /^(\w+) \(/.exec(line);
    if (head) {
      name = head[1];
      members[name] = {};
    }
    const field = /^\s+(e-mail|password)\s+(\S+)/.exec(line);
    if (field) members[name][field[1] === "e-mail" ? "email" : "password"] = field[2];
  }
  return members;
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    // Below the range from which other connections of this machine take their ports.
    server.listen({ host: "127.0.0.1", port: 20_000 + Math.floor(Math.random() * 12_000) }, () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
