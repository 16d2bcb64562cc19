/**
 * Payloads as HTTP requests, and back. Both ends work on what a payload's schema encodes to.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { assertJson } from "../../protocol/Codec.ts"
import * as Route from "../../protocol/Route.ts"
import type { Part, Parts, PayloadLayout } from "./PayloadLayout.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface HttpRequest {
  readonly method: Route.Method
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string | undefined
}

/**
 * A request as a server has it: its path was matched already.
 *
 * @since 0.1.0
 * @category models
 */
export interface Received {
  /** Texts of the placeholders, by name, without percent signs. */
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly contentType: string | undefined
  readonly body: Uint8Array
}

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

/** Fails with the message of what was thrown. */
const attempt = <A>(evaluate: () => A | Promise<A>): Effect.Effect<A, string> =>
  Effect.tryPromise({ try: async () => await evaluate(), catch: messageOf })

const at = <A>(name: string, evaluate: () => A): A => {
  try {
    return evaluate()
  } catch (error) {
    throw new TypeError(`${name}: ${messageOf(error)}`)
  }
}

type Fields = Readonly<Record<string, unknown>>

/** What is left out of an encoded struct is not sent. */
const entries = (parts: Parts, fields: Fields): ReadonlyArray<readonly [string, Part, unknown]> =>
  [...parts].flatMap(([name, part]) => fields[name] === undefined ? [] : [[name, part, fields[name]] as const])

// ---------------------------------------------------------------------------------------------------------------------
// encoding
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The request of a payload that its schema has encoded. Fails with what cannot be carried.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (
  route: Route.Route,
  { body, path, query }: PayloadLayout,
  payload: unknown
): Effect.Effect<HttpRequest, string> =>
  attempt(async () => {
    // only structs have fields in a layout
    const fields = (payload ?? {}) as Fields
    const search = queryOf(query, fields)
    const target = pathOf(route.path, path, fields)
    return {
      method: route.method,
      target: search === "" ? target : `${target}?${search}`,
      ...await bodyOf(body, path, payload, fields)
    }
  })

const pathOf = (path: string, texts: PayloadLayout["path"], fields: Fields): string =>
  Route.segmentsOf(path).map((segment) => {
    if (segment._tag === "Text") return `/${segment.text}`
    const text = at(segment.name, () => texts.get(segment.name)?.encode(fields[segment.name]) ?? "")
    // such a segment is lost on its way, with or without percent signs
    if (text === "" || text === "." || text === "..") {
      throw new TypeError(`${segment.name}: ${JSON.stringify(text)} cannot be a segment of a path`)
    }
    return `/${encodeURIComponent(text)}`
  }).join("")

const queryOf = (query: Parts, fields: Fields): string => {
  const search = new URLSearchParams()
  for (const [name, part, value] of entries(query, fields)) {
    if (part._tag === "Text") search.append(name, at(name, () => part.text.encode(value)))
    if (part._tag === "List") { for (const text of listOf(name, part, value)) search.append(name, text) }
  }
  return search.toString()
}

const listOf = (name: string, { isOptional, text }: Extract<Part, { _tag: "List" }>, value: unknown) => {
  const items = value as ReadonlyArray<unknown>
  if (isOptional && items.length === 0) {
    throw new TypeError(`${name}: a query cannot tell an empty list from none; leave it out, or make it required`)
  }
  return items.map((item) => at(name, () => text.encode(item)))
}

const bodyOf = async (
  body: PayloadLayout["body"],
  path: PayloadLayout["path"],
  payload: unknown,
  fields: Fields
): Promise<Pick<HttpRequest, "headers" | "body">> => {
  switch (body._tag) {
    case "None":
      return { headers: {}, body: undefined }
    case "Json":
      return payload === undefined ? { headers: {}, body: undefined } : json(payload)
    case "Fields":
      return json(Object.fromEntries(Object.entries(fields).filter(([name]) => !path.has(name))))
    case "Bytes":
      return { headers: { "content-type": "application/octet-stream" }, body: bytesOf(payload) }
    case "Form": {
      const form = new FormData()
      for (const [name, part, value] of entries(body.parts, fields)) append(form, name, part, value)
      const encoded = new Response(form)
      const type = encoded.headers.get("content-type") ?? ""
      return { headers: { "content-type": type }, body: new Uint8Array(await encoded.arrayBuffer()) }
    }
  }
}

const json = (value: unknown) => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(assertJson(value))
})

/** The bytes, or the list of numbers, that a layout says a value is. */
const bytesOf = (value: unknown): Uint8Array =>
  value instanceof Uint8Array ? value : Uint8Array.from(value as ReadonlyArray<number>)

const append = (form: FormData, name: string, part: Part, value: unknown): void => {
  switch (part._tag) {
    case "Text":
      return form.append(name, at(name, () => part.text.encode(value)))
    case "Bytes":
      return form.append(name, new Blob([bytesOf(value)], { type: "application/octet-stream" }), name)
    default:
      return form.append(name, JSON.stringify(at(name, () => assertJson(value))))
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// decoding
// ---------------------------------------------------------------------------------------------------------------------

/**
 * The encoded payload of a request, for its schema to decode. Fails with why it cannot be read.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (layout: PayloadLayout, received: Received): Effect.Effect<unknown, string> =>
  attempt(async () => {
    const { body } = layout
    if (body._tag === "Json") return readJson(received)
    if (body._tag === "Bytes") return valueOf(body.encoding, received.body)
    if (layout.path.size === 0 && layout.query.size === 0 && body._tag === "None") return undefined
    const path = [...layout.path].map(([name, text]) => [name, text.decode(received.path[name] ?? "")] as const)
    const query = [...layout.query].flatMap(([name, part]) => readQuery(name, part, received.query))
    const fields = body._tag === "Form"
      ? await readForm(body.parts, received)
      : body._tag === "Fields"
      ? readObject(received)
      : {}
    return { ...fields, ...Object.fromEntries([...query, ...path]) }
  })

const valueOf = (encoding: "bytes" | "numbers", bytes: Uint8Array): unknown =>
  encoding === "bytes" ? bytes : Array.from(bytes)

const readQuery = (name: string, part: Part, query: URLSearchParams): ReadonlyArray<readonly [string, unknown]> => {
  const texts = query.getAll(name)
  if (part._tag === "List") {
    return texts.length === 0 && part.isOptional ? [] : [[name, texts.map((text) => part.text.decode(text))]]
  }
  const [text, ...others] = texts
  if (others.length > 0) throw new TypeError(`${name}: it stands in the query ${texts.length} times`)
  return text === undefined || part._tag !== "Text" ? [] : [[name, part.text.decode(text)]]
}

const readJson = ({ body, contentType }: Received): unknown => {
  if (contentType !== undefined && !/[/+]json\b/i.test(contentType)) {
    throw new TypeError(`the body is ${contentType}, not application/json`)
  }
  if (body.length === 0) return undefined
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString())
  } catch (error) {
    throw new TypeError(`the body is not JSON: ${messageOf(error)}`)
  }
}

const readObject = (received: Received): Fields => {
  const value = readJson(received) ?? {}
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError("the body is not a JSON object")
  return value as Fields
}

const readForm = async (parts: Parts, { body, contentType = "" }: Received): Promise<Fields> => {
  if (!/^multipart\/form-data|^application\/x-www-form-urlencoded/i.test(contentType)) {
    throw new TypeError(`the body is ${contentType === "" ? "of no type" : contentType}, not multipart/form-data`)
  }
  const form = await new Response(body, { headers: { "content-type": contentType } }).formData().catch(() => {
    throw new TypeError("the body is not a whole form")
  })
  const fields: Array<readonly [string, unknown]> = []
  for (const [name, part] of parts) {
    const [value, ...others] = form.getAll(name)
    if (others.length > 0) throw new TypeError(`${name}: it stands in the form ${others.length + 1} times`)
    if (value !== undefined) fields.push([name, await readPart(name, part, value)])
  }
  return Object.fromEntries(fields)
}

const readPart = async (name: string, part: Part, value: FormDataValue): Promise<unknown> => {
  if (part._tag === "Bytes") {
    const bytes = typeof value === "string" ? Buffer.from(value) : Buffer.from(await value.arrayBuffer())
    return valueOf(part.encoding, new Uint8Array(bytes))
  }
  const text = typeof value === "string" ? value : await value.text()
  if (part._tag === "Text") return part.text.decode(text)
  try {
    return JSON.parse(text)
  } catch {
    throw new TypeError(`${name}: it is not JSON`)
  }
}

type FormDataValue = ReturnType<FormData["getAll"]>[number]
