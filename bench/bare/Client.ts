/**
 * A remote call as bare undici makes it: submit, then wait on the long poll; or one request to a load balancer. No Effect,
 * no schemas, no errors.
 */
import * as Undici from "undici"

/** What a call sends. */
export interface Call {
  readonly origin: string
  /** `/v2/<endpoint>` */
  readonly prefix: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Query of the long poll. */
  readonly query: string
}

interface Job {
  readonly id: string
}

type Exchange = (method: "GET" | "POST", path: string, body: string | null) => Promise<string>

/** The least that undici can do. */
const exchangeOf = (pool: Undici.Pool, headers: Call["headers"]): Exchange => (method, path, body) =>
  new Promise((resolve, reject) => {
    const chunks: Array<Buffer> = []
    pool.dispatch({ path, method, headers, body }, {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData(_, chunk) {
        chunks.push(chunk)
      },
      onResponseEnd() {
        const [first] = chunks
        resolve(first !== undefined && chunks.length === 1 ? first.toString() : Buffer.concat(chunks).toString())
      },
      onResponseError(_, error) {
        reject(error)
      }
    })
  })

/** Over the dispatcher. */
export const dispatching = (call: Call) => {
  const pool = new Undici.Pool(call.origin, { connections: 128 })
  const exchange = exchangeOf(pool, call.headers)
  return {
    async call(): Promise<unknown> {
      const { id }: Job = JSON.parse(await exchange("POST", `${call.prefix}/run`, call.body))
      return JSON.parse(await exchange("GET", `${call.prefix}/status-sync/${id}${call.query}`, null))
    },
    close: () => pool.destroy()
  }
}

/** Over `request`, as undici's manual shows it. */
export const requesting = (call: Call) => {
  const pool = new Undici.Pool(call.origin, { connections: 128 })
  return {
    async call(): Promise<unknown> {
      const { headers } = call
      const run = await pool.request({ path: `${call.prefix}/run`, method: "POST", headers, body: call.body })
      const { id } = await run.body.json() as Job
      const status = await pool.request({
        path: `${call.prefix}/status-sync/${id}${call.query}`,
        method: "GET",
        headers
      })
      return status.body.json()
    },
    close: () => pool.destroy()
  }
}

/** What a call of a load balancer sends: one request. */
export type Post = Pick<Call, "origin" | "headers" | "body"> & { readonly path: string }

/** One request over the dispatcher. */
export const dispatchingOne = ({ body, headers, origin, path }: Post) => {
  const pool = new Undici.Pool(origin, { connections: 128 })
  const exchange = exchangeOf(pool, headers)
  return {
    call: async (): Promise<unknown> => JSON.parse(await exchange("POST", path, body)),
    close: () => pool.destroy()
  }
}

/** One request over `request`. */
export const requestingOne = ({ body, headers, origin, path }: Post) => {
  const pool = new Undici.Pool(origin, { connections: 128 })
  return {
    async call(): Promise<unknown> {
      const answer = await pool.request({ path, method: "POST", headers, body })
      return answer.body.json()
    },
    close: () => pool.destroy()
  }
}
