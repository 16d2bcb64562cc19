/**
 * A worker without a worker: `node:http` that takes jobs from a hub and answers each with `RESULT`, in `LANES` lanes.
 * The next take goes out together with a result. A program; it ends with its parent.
 */
import { Agent, request } from "node:http"

const { LANES = "1", RESULT = "{}", RUNPOD_WEBHOOK_GET_JOB = "", RUNPOD_WEBHOOK_POST_OUTPUT = "" } = process.env
const doneUrl = RUNPOD_WEBHOOK_POST_OUTPUT.replace("$RUNPOD_POD_ID", "w")
const agent = new Agent({ keepAlive: true, maxSockets: Infinity })

const exchange = (method: "GET" | "POST", url: string, body?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-length": Buffer.byteLength(body) }
    const sent = request(url, { method, agent, headers: { authorization: "key", ...headers } }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.once("end", () => resolve(Buffer.concat(chunks).toString()))
      response.once("error", reject)
    })
    sent.once("error", reject)
    sent.end(body)
  })

const lane = async () => {
  for (;;) {
    const job: { readonly id: string } = JSON.parse(await exchange("GET", RUNPOD_WEBHOOK_GET_JOB))
    void exchange("POST", doneUrl.replace("$ID", job.id), RESULT)
  }
}

// the hub goes away when the benchmark is over, and then so does this
const lanes = Array.from({ length: Number(LANES) }, lane)
Promise.all(lanes).catch(() => process.exit())
process.once("disconnect", () => process.exit())
process.send?.("ready")
