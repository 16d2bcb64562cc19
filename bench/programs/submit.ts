/** Submits a job with `node:http`, which is loaded already: the first `fetch` of a process takes some milliseconds. */
import { request } from "node:http"

export const submit = (url: string, key: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" }
    request(url, { method: "POST", headers, agent: false }, (response) => {
      response.resume().once("end", () => {
        if (response.statusCode === 200) resolve()
        else reject(new Error(`the job was answered with ${response.statusCode}`))
      })
    }).once("error", reject).end(`{"input":{"name":"Ada"}}`)
  })
