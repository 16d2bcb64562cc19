/** Shows what happens: lines for people, or a line of JSON for each event. */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { bad, bold, busy, count, dim, doubtful, duration, good, table } from "../ui/Text.ts"
import type { Event, Listed, Reporter } from "./Event.ts"

type Tell = typeof Reporter.Service["tell"]

/** `{"event":"queued","at":"2026-…","call":1,…}` */
export const jsonLines: Tell = ({ _tag, ...event }) =>
  Effect.flatMap(Clock.currentTimeMillis, (at) =>
    Console.log(JSON.stringify({
      event: `${_tag.charAt(0).toLowerCase()}${_tag.slice(1)}`,
      at: new Date(at).toISOString(),
      ...event
    })))

/** Lines for people, each with the time of day. */
export const lines: Tell = (event) =>
  Effect.flatMap(Clock.currentTimeMillis, (at) => Console.log(linesOf(event, at).join("\n")))

const linesOf = (event: Event, at: number): ReadonlyArray<string> => {
  switch (event._tag) {
    case "Started":
      return [
        `${bold(good("Flash dev server"))}  ${bold(event.url)}`,
        dim(`calls run on ${event.target}`),
        "",
        ...(event.functions.length === 0 ? ["nothing is served yet"] : [listed(event.functions)]),
        "",
        `${event.url}/docs shows them and calls them. ${dim("Ctrl+C ends the server.")}`
      ]
    case "Reloaded":
    case "ReloadFailed":
    case "Note":
    case "PortTaken":
    case "Stopping":
    case "Abandoned":
    case "Provisioning":
    case "Provisioned":
    case "ProvisionFailed":
    case "Removed":
    case "NotRemoved":
      return [`${dim(timeOf(at))}  ${serverText(event)}`]
    default:
      return [`${dim(timeOf(at))}  ${dim(`#${event.call}`)} ${event.function}  ${callText(event)}`]
  }
}

const listed = (functions: ReadonlyArray<Listed>): string =>
  table(
    ["METHOD", "PATH", "FUNCTION", "RESOURCE", "TYPE"],
    functions.map(({ method, path, resource, type, ...one }) => [
      method,
      path,
      one.function,
      resource,
      type
    ])
  )

const timeOf = (at: number): string => new Date(at).toTimeString().slice(0, 8)

type CallEvent = Extract<Event, { readonly call: number }>
type ServerEvent = Exclude<Event, CallEvent | { readonly _tag: "Started" }>

const serverText = (event: ServerEvent): string => {
  switch (event._tag) {
    case "Reloaded":
      return `${good("reloaded")} in ${duration(event.took)}: ${count(event.functions.length, "function")}`
    case "ReloadFailed":
      return `${bad("not reloaded")}, what was served before still is:\n${event.message}`
    case "Note":
      return `${doubtful("note")}: ${event.message}`
    case "PortTaken":
      return doubtful(`port ${event.port} is in use; taking ${event.instead}`)
    case "Stopping":
      return event.calls === 0 ? "stopping" : `stopping; ${count(event.calls, "call")} may end first`
    case "Abandoned":
      return bad(`${count(event.calls, "call")} broken off`)
    case "Provisioning":
      return `${busy("provisioning")} ${event.resource}`
    case "Provisioned":
      return `${good("provisioned")} ${event.resource} as ${event.endpoint} in ${duration(event.took)}`
    case "ProvisionFailed":
      return `${bad("not provisioned")} ${event.resource}: ${event.message}`
    case "Removed":
      return `removed ${event.resource}`
    case "NotRemoved":
      return `${bad("not removed")} ${event.resource}: ${event.message}\n` +
        `it is on record and may cost: \`flash undeploy ${event.resource}\` removes it`
  }
}

const callText = (event: CallEvent): string => {
  switch (event._tag) {
    case "Queued":
      return dim(`queued  ${event.job}`)
    case "WorkerStarting":
      return busy("worker starting")
    case "Running":
      return busy(`running${event.worker === undefined ? "" : ` on ${event.worker}`}`)
    case "Log":
      return `│ ${event.line}`
    case "Done": {
      const times = [
        duration(event.took),
        ...(event.delayTime === undefined ? [] : [`waited ${duration(event.delayTime)}`]),
        ...(event.executionTime === undefined ? [] : [`ran ${duration(event.executionTime)}`])
      ].join(", ")
      const error = event.error === undefined ? "" : `: ${event.error}`
      return `${(event.ok ? good : bad)(event.status)}${error} ${dim(times)}`
    }
  }
}
