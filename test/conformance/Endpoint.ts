/** Endpoints and jobs of the embedded platform, by plain HTTP. */
import { Effect, Redacted, Schedule } from "effect"
import { Platform } from "effect-flash/local"

export type Json = Readonly<Record<string, unknown>>

export const ask = (method: string, path: string, body?: unknown) =>
  Effect.flatMap(Platform.Platform, ({ apiKey, url }) =>
    Effect.tryPromise(async (): Promise<Json> => {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${Redacted.value(apiKey)}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      const text = await response.text()
      return text === "" ? {} : JSON.parse(text)
    }))

/** An endpoint for which the platform starts no worker of its own. */
export const make = (name: string) =>
  Effect.map(
    ask("POST", "/v2/serverless", {
      name,
      type: "QUEUE",
      image: "somebody/else:1",
      cpu: [{ id: "cpu3c", vcpuCount: 2 }],
      scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
      workers: { min: 0, max: 0 }
    }),
    ({ id }) => String(id)
  )

/** The variables that a container of the endpoint has. */
export const variables = (endpointId: string, workerId: string) =>
  Effect.map(Platform.Platform, ({ apiKey, url }) => {
    const base = `${url}/v2/${endpointId}`
    return {
      RUNPOD_WEBHOOK_GET_JOB: `${base}/job-take/${workerId}?gpu=CPU`,
      RUNPOD_WEBHOOK_POST_OUTPUT: `${base}/job-done/${workerId}/$ID?gpu=CPU`,
      RUNPOD_WEBHOOK_POST_STREAM: `${base}/job-stream/${workerId}/$ID?gpu=CPU`,
      RUNPOD_WEBHOOK_PING: `${base}/ping/${workerId}?gpu=CPU`,
      RUNPOD_PING_INTERVAL: "2000",
      RUNPOD_AI_API_KEY: Redacted.value(apiKey),
      RUNPOD_POD_ID: workerId
    }
  })

export const run = (endpointId: string, input: unknown) =>
  Effect.map(ask("POST", `/v2/${endpointId}/run`, { input }), ({ id }) => String(id))

export const status = (endpointId: string, jobId: string) => ask("GET", `/v2/${endpointId}/status/${jobId}`)

/** The job, once it is as wanted. */
export const until = (endpointId: string, jobId: string, wanted: (job: Json) => boolean, seconds = 180) =>
  status(endpointId, jobId).pipe(
    Effect.filterOrFail(wanted, (job) => `the job is ${JSON.stringify(job)}`),
    Effect.retry(Schedule.spaced("50 millis").pipe(Schedule.upTo(`${seconds} seconds`)))
  )

const ends = ["COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"]

export const end = (endpointId: string, jobId: string, seconds?: number) =>
  until(endpointId, jobId, ({ status }) => ends.includes(String(status)), seconds)
