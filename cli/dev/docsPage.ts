/**
 * The page at /docs: it reads /openapi.json and lets a person call what is there. It is whole in itself and loads nothing
 * from anywhere else.
 */
import type { Reply } from "./Http.ts"

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; --line: #8884; --soft: #8882; --ok: #2a7d3f; --bad: #c0392b }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem }
h1 { font-size: 1.4rem; margin: 0 }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line) }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0 }
summary { cursor: pointer; padding: .5rem .8rem; display: flex; gap: .8rem; align-items: baseline }
summary b { font: 600 .8rem ui-monospace, monospace; min-width: 3.5rem }
summary code { font-weight: 600; overflow-wrap: anywhere }
summary span { opacity: .7; margin-left: auto; text-align: right }
form { padding: .3rem .8rem .8rem; display: grid; gap: .6rem }
label { display: grid; gap: .2rem; font-size: .85rem }
input, textarea { font: .9rem ui-monospace, monospace; padding: .4rem; border: 1px solid var(--line); border-radius: 4px; background: var(--soft); color: inherit }
button { justify-self: start; font: inherit; padding: .35rem 1.1rem; border-radius: 4px; border: 1px solid var(--line); cursor: pointer }
pre { margin: 0; padding: .6rem; background: var(--soft); border-radius: 4px; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 30rem }
output { display: grid; gap: .3rem }
.ok { color: var(--ok) } .bad { color: var(--bad) } p { margin: .3rem 0; opacity: .8 }
`

/** Runs in the page. Texts of the document only ever become text. */
const script = `
const element = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}

const resolve = (schema, spec) => {
  const name = /^#\\/components\\/schemas\\/(.+)$/.exec((schema && schema.$ref) || "")
  return name ? spec.components.schemas[name[1]] : schema
}

/** A value that a schema allows, or nearly so. */
const example = (given, spec, depth = 0) => {
  const schema = resolve(given, spec) || {}
  if (depth > 6) return null
  if (schema.examples && schema.examples.length) return schema.examples[0]
  if ("default" in schema) return schema.default
  if ("const" in schema) return schema.const
  if (schema.enum) return schema.enum[0]
  const choice = (schema.anyOf || schema.oneOf || [])[0]
  if (choice) return example(choice, spec, depth + 1)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  switch (type) {
    case "string": return schema.format === "date-time" ? new Date(0).toISOString() : "string".padEnd(schema.minLength || 0, "x")
    case "integer": case "number": return schema.minimum ?? (schema.exclusiveMinimum ?? -1) + 1
    case "boolean": return false
    case "null": return null
    case "array": return schema.items && !Array.isArray(schema.items) ? [example(schema.items, spec, depth + 1)] : []
    case "object": {
      const required = schema.required || []
      return Object.fromEntries(Object.entries(schema.properties || {})
        .filter(([name]) => required.includes(name))
        .map(([name, field]) => [name, example(field, spec, depth + 1)]))
    }
    default: return schema.properties ? example({ ...schema, type: "object" }, spec, depth) : {}
  }
}

const pretty = (text) => {
  try { return JSON.stringify(JSON.parse(text), null, 2) } catch { return text }
}

const curl = ({ body, headers, method, url }) =>
  ["curl", ...(method === "GET" ? [] : ["-X", method]), "'" + location.origin + url + "'",
    ...Object.entries(headers).flatMap(([name, value]) => ["-H", "'" + name + ": " + value + "'"]),
    ...(typeof body === "string" ? ["-d", "'" + body.replaceAll("'", "'\\\\''") + "'"] : [])].join(" ")

const bodyOf = (operation, spec) => {
  const entry = operation.requestBody && Object.entries(operation.requestBody.content)[0]
  if (!entry) return undefined
  const [type, { schema }] = entry
  const label = element("label", {}, type)
  if (type === "application/json") {
    const area = element("textarea", { rows: 6, spellcheck: false, value: JSON.stringify(example(schema, spec), null, 2) })
    label.append(area)
    return { label, read: () => ({ body: area.value, headers: { "content-type": type } }) }
  }
  if (type === "multipart/form-data") {
    const fields = Object.entries(resolve(schema, spec).properties || {}).map(([name, field]) => {
      const isFile = resolve(field, spec).format === "binary"
      const input = element("input", isFile ? { type: "file", name } : { name, value: String(example(field, spec)) })
      label.append(element("label", {}, name, input))
      return { name, input, isFile }
    })
    return {
      label,
      read: () => {
        const form = new FormData()
        for (const { input, isFile, name } of fields) {
          if (!isFile) form.append(name, input.value)
          else if (input.files[0]) form.append(name, input.files[0])
        }
        return { body: form, headers: {} }
      }
    }
  }
  const file = element("input", { type: "file" })
  label.append(file)
  return { label, read: () => ({ body: file.files[0], headers: { "content-type": type } }) }
}

const card = (path, method, operation, spec) => {
  const parameters = (operation.parameters || []).map((parameter) => {
    const input = element("input", { name: parameter.name, required: parameter.required })
    return { ...parameter, input, label: element("label", {}, parameter.name + " (" + parameter.in + ")", input) }
  })
  const body = bodyOf(operation, spec)
  const result = element("output", {})
  const send = element("button", { type: "submit" }, "Send")
  const form = element("form", {}, element("p", {}, operation.description || ""),
    ...parameters.map(({ label }) => label), ...(body ? [body.label] : []), send, result)
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    send.disabled = true
    const start = performance.now()
    try {
      const query = new URLSearchParams()
      let url = path
      for (const { in: place, input, name } of parameters) {
        if (place === "path") url = url.replace("{" + name + "}", encodeURIComponent(input.value))
        else if (input.value !== "") query.append(name, input.value)
      }
      if (query.size > 0) url += "?" + query
      const request = { url, method: method.toUpperCase(), ...(body ? body.read() : { headers: {} }) }
      result.replaceChildren(element("pre", { className: "curl" }, curl(request)))
      const response = await fetch(url, request)
      const status = element("strong", { className: response.ok ? "ok" : "bad" }, response.status + " …")
      const shown = element("pre", { className: "result" })
      result.append(status, shown)
      const reader = response.body && response.body.pipeThrough(new TextDecoderStream()).getReader()
      let text = ""
      while (reader) {
        const { done, value } = await reader.read()
        if (done) break
        text += value
        shown.textContent = text
      }
      shown.textContent = pretty(text)
      status.textContent = response.status + " in " + Math.round(performance.now() - start) + " ms"
    } catch (error) {
      result.append(element("strong", { className: "bad" }, String(error)))
    } finally {
      send.disabled = false
    }
  })
  return element("details", { id: operation.operationId }, element("summary", {},
    element("b", {}, method.toUpperCase()), element("code", {}, path), element("span", {}, operation.summary || "")), form)
}

const main = document.querySelector("main")
fetch("/openapi.json").then((response) => response.json()).then((spec) => {
  const groups = new Map()
  for (const [path, methods] of Object.entries(spec.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = (operation.tags || [""])[0]
      groups.set(tag, [...(groups.get(tag) || []), card(path, method, operation, spec)])
    }
  }
  main.replaceChildren(...[...groups].flatMap(([tag, cards]) => [element("h2", {}, tag), ...cards]))
  document.body.dataset.ready = "true"
}, (error) => main.replaceChildren(element("p", { className: "bad" }, String(error))))
`

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flash Dev Server</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<h1>Flash Dev Server</h1>
<p>Reload the page after a save that adds or changes functions. <a href="/openapi.json">openapi.json</a></p>
<main>…</main>
<script>${script}</script>
</html>
`

export const docsPage: Reply = {
  status: 200,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; " +
      "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
  },
  body: html
}
