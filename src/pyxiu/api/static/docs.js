// Shows /openapi.json: an index, every operation with its parameters, bodies and answers, and a form to try the public
// GETs. No library, nothing from elsewhere, and texts only ever become text nodes.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];
const TICKERS_PATH = "/api/v2/peatio/public/markets/tickers";
const TICKERS_EVERY_MS = 5000;
const EXAMPLE_DEPTH_MAX = 6;

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") node.className = value;
    else if (value !== false && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Back-ticked words become code, blank lines paragraphs, lines that begin with a dash lists.
function prose(text) {
  const fragment = document.createDocumentFragment();
  for (const block of (text || "").split(/\n\s*\n/)) {
    const lines = block.split("\n").filter(Boolean);
    if (!lines.length) continue;
    if (lines.every((line) => line.startsWith("- "))) {
      fragment.append(element("ul", { class: "codes" }, ...lines.map((line) => element("li", {}, ...inline(line.slice(2))))));
    } else {
      fragment.append(element("p", {}, ...inline(lines.join(" "))));
    }
  }
  return fragment;
}

function inline(text) {
  return text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : document.createTextNode(part)));
}

class Schemas {
  constructor(document_) {
    this.byName = document_.components.schemas;
  }

  resolve(schema) {
    let found = schema || {};
    while (found.$ref) found = { ...this.byName[found.$ref.split("/").pop()], ...without(found, "$ref") };
    if (found.allOf && found.allOf.length === 1) found = { ...this.resolve(found.allOf[0]), ...without(found, "allOf") };
    return found;
  }

  typeName(schema) {
    const name = schema && schema.$ref ? schema.$ref.split("/").pop() : null;
    const found = this.resolve(schema);
    if (name && found.type === "object") return name;
    if (found.enum) return found.enum.map((value) => JSON.stringify(value)).join(" | ");
    if (found.const !== undefined) return JSON.stringify(found.const);
    const options = found.anyOf || found.oneOf;
    if (options) return [...new Set(options.map((option) => this.typeName(option)))].join(" | ");
    if (found.type === "array") return found.items && !found.items.oneOf ? this.typeName(found.items) + "[]" : "array";
    return Array.isArray(found.type) ? found.type.join(" | ") : found.format ? `${found.type}, ${found.format}` : found.type || "any";
  }

  // The fields of an object, also behind arrays, maps and alternatives.
  fields(schema, depth = 0) {
    const found = this.resolve(schema);
    if (depth > EXAMPLE_DEPTH_MAX) return null;
    if (found.properties) return found;
    for (const inner of [found.items, found.additionalProperties, ...(found.anyOf || [])]) {
      const fields = inner && typeof inner === "object" ? this.fields(inner, depth + 1) : null;
      if (fields) return fields;
    }
    return null;
  }

  example(schema, depth = 0) {
    const found = this.resolve(schema);
    if (found.examples && found.examples.length) return found.examples[0];
    if (found.default !== undefined) return found.default;
    if (found.const !== undefined) return found.const;
    if (found.enum) return found.enum[0];
    const options = found.anyOf || found.oneOf;
    if (options) return this.example(options[0], depth);
    if (depth > EXAMPLE_DEPTH_MAX) return null;
    const type = Array.isArray(found.type) ? found.type[0] : found.type;
    if (type === "object") return this.exampleObject(found, depth);
    if (type === "array") return found.items ? [this.example(found.items, depth + 1)] : [];
    return { integer: 1, number: 0.002, boolean: true, null: null }[type] ?? "text";
  }

  exampleObject(found, depth) {
    if (found.properties) {
      return Object.fromEntries(Object.entries(found.properties).map(([name, field]) => [name, this.example(field, depth + 1)]));
    }
    return found.additionalProperties ? { name: this.example(found.additionalProperties, depth + 1) } : {};
  }
}

function without(object, name) {
  const { [name]: _, ...rest } = object;
  return rest;
}

function table(className, head, rows) {
  const cells = (row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell)));
  return element("div", { class: "wide" }, element("table", { class: className },
    element("thead", {}, element("tr", {}, ...head.map((text) => element("th", {}, text)))),
    element("tbody", {}, ...rows.map(cells))));
}

function fieldRows(schemas, schema, required = []) {
  return Object.entries(schema.properties).map(([name, field]) => [
    element("span", {}, element("code", {}, name), required.includes(name) ? element("span", { class: "required" }, " required") : null),
    element("span", { class: "quiet mono" }, schemas.typeName(field)),
    prose(describe(schemas.resolve(field))),
  ]);
}

function describe(schema) {
  const parts = [schema.description];
  if (schema.default !== undefined) parts.push(`Default \`${JSON.stringify(schema.default)}\`.`);
  if (schema.minimum !== undefined && schema.maximum !== undefined) parts.push(`${schema.minimum} to ${schema.maximum}.`);
  return parts.filter(Boolean).join(" ");
}

function json(value) {
  return element("pre", {}, JSON.stringify(value, null, 2));
}

function parametersOf(operation, schemas) {
  if (!operation.parameters.length) return [];
  const rows = operation.parameters.map((parameter) => [
    element("span", {}, element("code", {}, parameter.name), parameter.required ? element("span", { class: "required" }, " required") : null),
    element("span", { class: "quiet mono" }, `${parameter.in}: ${schemas.typeName(parameter.schema)}`),
    prose(describe({ ...parameter.schema, description: parameter.description })),
  ]);
  return [element("h4", {}, "Parameters"), table("parameters", ["Name", "Type", "Meaning"], rows)];
}

function bodyOf(operation, schemas) {
  if (!operation.requestBody) return [];
  const schema = operation.requestBody.content["application/json"].schema;
  const nodes = [element("h4", {}, "Body: " + Object.keys(operation.requestBody.content).join(" or "))];
  const fields = schemas.fields(schema);
  if (fields) nodes.push(table("parameters", ["Field", "Type", "Meaning"], fieldRows(schemas, fields, fields.required)));
  nodes.push(json(schemas.example(schema)));
  return nodes;
}

function responsesOf(operation, schemas) {
  const nodes = [element("h4", {}, "Answers")];
  for (const [status, response] of Object.entries(operation.responses)) {
    const media = Object.values(response.content || {})[0];
    const details = element("details", { class: "response", open: status.startsWith("2") },
      element("summary", {}, element("code", {}, status), " ", response.description.split("\n")[0]));
    details.append(prose(response.description.split("\n").slice(1).join("\n")));
    for (const [name, header] of Object.entries(response.headers || {})) {
      details.append(element("p", { class: "quiet" }, "Header ", element("code", {}, name), ": " + header.description));
    }
    if (media) {
      const fields = status.startsWith("2") ? schemas.fields(media.schema) : null;
      if (fields) details.append(table("parameters", ["Field", "Type", "Meaning"], fieldRows(schemas, fields)));
      details.append(json(media.example ?? schemas.example(media.schema)));
    }
    nodes.push(details);
  }
  return nodes;
}

function tryIt(path, operation) {
  const inputs = new Map(operation.parameters.map((parameter) => [parameter, inputFor(parameter)]));
  const result = element("div", { "aria-live": "polite" });
  const form = element("form", { class: "try" }, element("h4", {}, "Try it"),
    element("div", { class: "fields" }, ...[...inputs].map(([parameter, input]) => element("label", {}, parameter.name, input))),
    element("button", { type: "submit" }, "Send"), result);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const url = urlOf(path, inputs);
    result.replaceChildren(element("p", { class: "quiet" }, "…"));
    result.replaceChildren(...(await answerOf(url)));
  });
  return form;
}

function inputFor(parameter) {
  const schema = parameter.schema;
  if (!schema.enum) {
    const placeholder = schema.default !== undefined ? String(schema.default) : "";
    return element("input", { placeholder, required: parameter.required, value: parameter.name === "market" ? "btcusdt" : undefined });
  }
  const options = schema.enum.map((value) => element("option", { value }, String(value)));
  return element("select", {}, element("option", { value: "" }, ""), ...options);
}

function urlOf(path, inputs) {
  const query = new URLSearchParams();
  let filled = path;
  for (const [parameter, input] of inputs) {
    if (parameter.in === "path") filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value) query.set(parameter.name, input.value);
  }
  return query.size ? `${filled}?${query}` : filled;
}

async function answerOf(url) {
  const line = element("p", {}, element("code", {}, "GET " + url));
  try {
    const response = await fetch(url);
    const text = await response.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: as it is */ }
    line.append(` → ${response.status}`);
    return [line, element("pre", {}, shown)];
  } catch (failure) {
    return [line, element("p", { class: "down" }, `No answer: ${failure.message}`)];
  }
}

function operationNode(path, method, operation, schemas) {
  const isPrivate = Boolean(operation.security);
  const node = element("details", { class: "operation", id: operation.operationId },
    element("summary", {},
      element("span", { class: `method ${method}` }, method.toUpperCase()),
      element("span", { class: "path" }, path),
      isPrivate ? element("span", { class: "lock" }, "API key") : null,
      element("span", { class: "summary" }, operation.summary)));
  node.addEventListener("toggle", () => {
    if (!node.open || node.children.length > 1) return;
    const parts = [prose(operation.description), ...parametersOf(operation, schemas), ...bodyOf(operation, schemas), ...responsesOf(operation, schemas)];
    if (method === "get" && !isPrivate) parts.push(tryIt(path, operation));
    node.append(element("div", { class: "body" }, ...parts));
  });
  return node;
}

function show(document_) {
  const schemas = new Schemas(document_);
  const index = document.getElementById("index");
  const operations = document.getElementById("operations");
  document.getElementById("version").textContent = document_.info.version;
  document.getElementById("description").append(prose(document_.info.description));
  document.getElementById("intro").hidden = false;
  for (const tag of document_.tags) {
    const list = element("ul");
    const section = element("section", {}, element("h2", {}, tag.name), element("p", { class: "quiet" }, tag.description || ""));
    for (const [path, item] of Object.entries(document_.paths)) {
      for (const method of METHODS) {
        const operation = item[method];
        if (!operation || operation.tags[0] !== tag.name) continue;
        section.append(operationNode(path, method, operation, schemas));
        list.append(element("li", {}, element("a", { href: "#" + operation.operationId },
          element("span", { class: `method ${method}` }, method.toUpperCase()),
          element("span", {}, path.replace("/api/v2/peatio", "")))));
      }
    }
    index.append(element("div", {}, element("h3", {}, tag.name), list));
    operations.append(section);
  }
}

function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (node) => words.every((word) => node.textContent.toLowerCase().includes(word));
  for (const section of document.querySelectorAll("#operations > section")) {
    const nodes = [...section.querySelectorAll(".operation")];
    nodes.forEach((node) => { node.hidden = !fits(node.querySelector("summary")); });
    section.hidden = nodes.every((node) => node.hidden);
  }
  for (const group of document.querySelectorAll("#index > div")) {
    const items = [...group.querySelectorAll("li")];
    items.forEach((item) => { item.hidden = document.getElementById(item.querySelector("a").hash.slice(1)).hidden; });
    group.hidden = items.every((item) => item.hidden);
  }
}

function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") {
    target.open = true;
    target.scrollIntoView();
  }
}

async function showTickers() {
  const body = document.querySelector("#tickers tbody");
  try {
    const tickers = await (await fetch(TICKERS_PATH)).json();
    const rows = Object.entries(tickers).map(([market, { ticker }]) => element("tr", {},
      element("td", {}, element("code", {}, market)),
      element("td", {}, ticker.last),
      element("td", { class: ticker.price_change_percent.startsWith("-") ? "down" : "up" }, ticker.price_change_percent),
      ...["high", "low", "volume"].map((name) => element("td", {}, ticker[name]))));
    body.replaceChildren(...(rows.length ? rows : [element("tr", {}, element("td", { colspan: 6, class: "quiet" }, "No market yet."))]));
  } catch {
    body.replaceChildren(element("tr", {}, element("td", { colspan: 6, class: "quiet" }, "No answer at the moment.")));
  }
}

async function main() {
  const status = document.getElementById("status");
  try {
    const response = await fetch("/openapi.json");
    if (!response.ok) throw new Error(`status ${response.status}`);
    show(await response.json());
    status.remove();
  } catch (failure) {
    status.textContent = `The document cannot be loaded: ${failure.message}`;
    return;
  }
  document.getElementById("filter").addEventListener("input", (event) => filter(event.target.value));
  window.addEventListener("hashchange", openTarget);
  openTarget();
  await showTickers();
  setInterval(() => { if (!document.hidden) showTickers(); }, TICKERS_EVERY_MS);
}

main();
