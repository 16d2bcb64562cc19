/** The OpenAPI document of what is served, with the schemas of the functions. */
import { posix } from "node:path"
import * as Route from "../../src/protocol/Route.ts"
import { version } from "../../src/Version.ts"
import type { Operation, QueueOperation, RouteOperation } from "./Operation.ts"
import { takesNothing } from "./Request.ts"
import * as Schemas from "./Schemas.ts"

type Json = Readonly<Record<string, unknown>>

export const make = (operations: ReadonlyArray<Operation>): Json => {
  const shared = new Map<string, unknown>()
  const paths = new Map<string, Record<string, unknown>>()
  const add = (path: string, method: string, item: Json) => {
    paths.set(path, { ...paths.get(path), [method.toLowerCase()]: item })
  }
  for (const operation of operations) {
    if (operation._tag === "Route") {
      add(operation.path, operation.method, route(operation, Schemas.make(operation, shared), shared))
    } else {
      for (const [action, method, item] of queue(operation, Schemas.make(operation, shared))) {
        add(`${operation.path}/${action}`, method, item)
      }
    }
  }
  add("/ping", "get", {
    tags: ["health"],
    operationId: "ping",
    summary: "Whether the server is there",
    responses: { 200: { description: "It is" } }
  })
  add("/", "get", {
    tags: ["health"],
    operationId: "index",
    summary: "What is served",
    responses: { 200: { description: "A list" } }
  })
  return {
    openapi: "3.1.0",
    info: { title: "Flash Dev Server", version },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(shared) }
  }
}

/** Files of one folder are together, a file of the project's own folder stands for itself. */
const tagOf = ({ file }: Operation): string =>
  posix.dirname(file) === "." ? posix.basename(file).replace(/\.[^.]+$/, "") : `${posix.dirname(file)}/`

const content = (schema: unknown, type = "application/json") => ({ content: { [type]: { schema } } })

// ---------------------------------------------------------------------------------------------------------------------
// queues
// ---------------------------------------------------------------------------------------------------------------------

const id = { name: "id", in: "path", required: true, description: "Of a job", schema: { type: "string" } }

const job = (output: unknown) => ({
  type: "object",
  required: ["id", "status"],
  properties: {
    id: { type: "string" },
    status: { enum: ["IN_QUEUE", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"] },
    output,
    error: { description: "Of a function's own error JSON, as text" },
    delayTime: { type: "number", description: "Milliseconds in the queue" },
    executionTime: { type: "number", description: "Milliseconds in the worker" },
    workerId: { type: "string" }
  }
})

const queue = (
  operation: QueueOperation,
  { constructor, payload, success }: Schemas.Schemas
): ReadonlyArray<readonly [action: string, method: string, item: Json]> => {
  const { function: { class: of, isStream, name }, resource } = operation
  const head = (action: string, summary: string) => ({
    tags: [tagOf(operation)],
    operationId: `${action}_${name}`,
    summary,
    description: `${resource.name}, a ${resource.config._tag}${of === undefined ? "" : `; a method of ${of.name}`}`
  })
  const body = takesNothing(operation) ? {} : {
    requestBody: {
      required: true,
      ...content({
        type: "object",
        required: ["input"],
        properties: {
          input: payload,
          ...(of === undefined ? {} : {
            instance: {
              type: "object",
              description: "Which instance the method is called on, and what that is made of",
              properties: { id: { type: "string" }, args: constructor }
            }
          })
        }
      })
    }
  }
  const invalid = { 422: { description: "The body does not fit the schema", ...content(problem) } }
  const ok = (description: string, schema: unknown) => ({ 200: { description, ...content(schema) } })
  const output = isStream ? { type: "array", items: success } : success
  return [
    ["run_sync", "post", {
      ...head("run_sync", name),
      ...body,
      responses: { ...ok("The job when it is over, also where it failed", job(output)), ...invalid }
    }],
    ["run", "post", {
      ...head("run", `${name}, without waiting for it`),
      ...body,
      responses: ok("The job in the queue", job(Schemas.any))
    }],
    ["status/{id}", "get", {
      ...head("status", `A job of ${name}`),
      parameters: [id],
      responses: ok("The job as it is now", job(output))
    }],
    ["cancel/{id}", "post", {
      ...head("cancel", `Ends a job of ${name}`),
      parameters: [id],
      responses: ok("The job as it is then", job(Schemas.any))
    }],
    ...(isStream
      ? [
        ["stream/{id}", "get", {
          ...head("stream", `What a job of ${name} gives`),
          parameters: [id],
          responses: ok("The values since this was asked last, as soon as there are some", {
            type: "object",
            properties: {
              status: { type: "string" },
              stream: { type: "array", items: { type: "object", properties: { output: success } } }
            }
          })
        }] as const
      ]
      : [])
  ]
}

const problem = {
  type: "object",
  properties: {
    detail: {
      type: "array",
      items: {
        type: "object",
        properties: { type: { type: "string" }, loc: { type: "array" }, msg: { type: "string" }, input: {} }
      }
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// routes
// ---------------------------------------------------------------------------------------------------------------------

const contentTypes = { json: "application/json", text: "text/plain", bytes: "application/octet-stream" } as const

const route = (
  operation: RouteOperation,
  { error, payload, success }: Schemas.Schemas,
  shared: ReadonlyMap<string, unknown>
): Json => {
  const { function: { isStream, name, route }, resource } = operation
  const { body = "None", content: kind = "json", files = [], status = 200 } = route ?? {}
  const { properties, required } = Schemas.structOf(payload, shared)
  const inPath = Route.fieldsOf(operation.path)
  const others = Object.entries(properties).filter(([name]) => !inPath.includes(name))
  const fields = {
    type: "object",
    required: required.filter((name) => !inPath.includes(name)),
    properties: Object.fromEntries(
      others.map(([name, schema]) => [name, files.includes(name) ? { type: "string", format: "binary" } : schema])
    )
  }
  const parameter = (name: string, place: "path" | "query") => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: properties[name] ?? Schemas.any
  })
  const parameters = [
    ...inPath.map((name) => parameter(name, "path")),
    ...(body === "Query" ? others.map(([name]) => parameter(name, "query")) : [])
  ]
  const requestBody = {
    None: undefined,
    Query: undefined,
    Fields: content(fields),
    Form: content(fields, "multipart/form-data"),
    Json: content(payload),
    Bytes: content({ type: "string", format: "binary" }, "application/octet-stream")
  }[body]
  return {
    tags: [tagOf(operation)],
    operationId: name,
    summary: name,
    description: `${resource.name}, a ${resource.config._tag}`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody: { required: true, ...requestBody } }),
    responses: {
      [isStream && status === 204 ? 200 : status]: {
        description: "Its result",
        ...(isStream
          ? content({ type: "string" }, "text/event-stream")
          : kind === "none"
          ? {}
          : content(kind === "bytes" ? { type: "string", format: "binary" } : success, contentTypes[kind]))
      },
      default: { description: "Its own error, or why it was not run", ...content(error) }
    }
  }
}
