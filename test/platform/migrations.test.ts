/** A file that the first version of the platform wrote is one that this version serves. */
import { expect, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import Database from "libsql"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Platform from "../../runtime/platform/Platform.ts"
import * as Api from "./control/api.ts"

/** As they were: what is written here is not to be changed with the code. */
const firstJobs = `
  create table jobs (
    id text primary key,
    endpoint_id text not null,
    kind text not null,
    input text not null,
    submitted_at integer not null,
    expires_at integer not null,
    execution_timeout integer not null,
    status text not null,
    retries integer not null,
    worker_id text,
    taken_at integer,
    finished_at integer,
    output text,
    error text
  );
  create index jobs_by_end on jobs (finished_at) where finished_at is not null;
  create index jobs_by_endpoint on jobs (endpoint_id, submitted_at);
  pragma user_version = 1;`

const firstResources = `
  create table schemas (part text primary key, version integer not null);
  create table resources (kind text not null, id text not null, data text not null, unique (kind, id));
  insert into schemas values ('resources', 1);`

const endpoint = {
  id: "endpoint000001",
  name: "old",
  kind: "QUEUE",
  workers: { min: 0, max: 0, idleTimeout: 5 },
  scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
  timeout: 0,
  flashboot: "FLASHBOOT",
  compute: {
    type: "GPU",
    pools: ["ADA_24"],
    excludedTypes: [],
    count: 1,
    allowedCudaVersions: [],
    minCudaVersion: null
  },
  env: { A: "1" },
  templateId: "template01",
  dataCenterIds: [],
  networkVolumes: ["volume0001"],
  modelReferences: [],
  flashEnvironmentId: null,
  version: 3,
  aiKey: "rpa_WORKER",
  createdAt: 1_700_000_000_000
}

const template = {
  id: "template01",
  name: "old__template__template01",
  image: "my/image:3",
  args: "",
  entrypoint: [],
  disk: 50,
  env: { B: "2" },
  ports: [],
  registry: "registry01",
  volume: { size: 0, path: "/workspace" },
  serverless: true,
  public: false,
  category: "NVIDIA",
  readme: "",
  startSsh: true,
  startJupyter: true,
  advancedStart: false,
  startScript: "",
  allowedCudaVersions: [],
  boundTo: "endpoint000001",
  createdAt: 1_700_000_000_000
}

const resources = {
  accounts: { id: "user_old", sshKeys: ["ssh-ed25519 AAAA me"], signingKey: "00ff" },
  endpoints: endpoint,
  templates: template,
  releases: {
    id: "release1",
    endpointId: "endpoint000001",
    version: 3,
    createdAt: 1_700_000_000_000,
    diff: [{ field: "template.imageName", old: "my/image:2", new: "my/image:3" }]
  },
  networkVolumes: {
    id: "volume0001",
    name: "models",
    size: 10,
    dataCenterId: "EU-RO-1",
    type: "STANDARD",
    flashEnvironmentId: null,
    createdAt: 1
  },
  registries: { id: "registry01", name: "hub", username: "me", createdAt: 1 },
  secrets: { id: "secret0001", name: "hub", value: "s3cret", description: "", createdAt: 1 },
  flashApps: { id: "app1", name: "shop", createdAt: 1 },
  flashEnvironments: {
    id: "env1",
    appId: "app1",
    name: "production",
    state: "HEALTHY",
    activeBuildId: "build1",
    createdAt: 1
  },
  flashBuilds: { id: "build1", appId: "app1", objectKey: "k", manifest: { a: 1 }, createdAt: 1 }
}

const write = (path: string, now: number): void => {
  const db = new Database(path)
  db.exec("pragma journal_mode = wal")
  db.exec(firstJobs)
  db.exec(firstResources)
  const resource = db.prepare("insert into resources values (?, ?, ?)")
  for (const [kind, record] of Object.entries(resources)) resource.run(kind, record.id, JSON.stringify(record))
  const job = db.prepare(`insert into jobs values (?, 'endpoint000001', 'async', ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)`)
  const day = 86_400_000
  job.run("waiting-u1", `{"n":1}`, now - 5000, now - 5000 + day, "IN_QUEUE", 0, null, null, null, null, null)
  job.run("taken-u1", `{"n":2}`, now - 4000, now - 4000 + day, "IN_PROGRESS", 1, "w1", now - 3000, null, null, null)
  job.run("done-u1", `{"n":3}`, now - 9000, now - 9000 + day, "COMPLETED", 0, "w1", now - 8000, now - 7000, `6`, null)
  job.run("failed-u1", `{"n":4}`, now - 8000, now + day, "FAILED", 0, "w1", now - 7000, now - 6000, null, `"no"`)
  db.close()
}

it.scopedLive("a file of the first schemas is brought up to date, with all that is in it", () =>
  Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-migrations-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    )
    const path = join(folder, "platform.db")
    write(path, Date.now())
    // twice: the second time there is nothing to bring up to date
    for (const time of ["first", "second"]) {
      yield* Effect.gen(function*() {
        const { handle } = yield* Platform.Platform
        const ask = (method: string, target: string, body?: unknown) =>
          Effect.map(handle(Api.request(method, target, { body })), (reply) => JSON.parse(reply.body ?? "null"))
        const status = (id: string) => ask("GET", `/v2/endpoint000001/status/${id}`)
        expect(yield* status("waiting-u1")).toEqual({ id: "waiting-u1", status: "IN_QUEUE" })
        expect(yield* status("taken-u1")).toEqual({ id: "taken-u1", status: "IN_QUEUE", retries: 1 })
        expect(yield* status("done-u1")).toMatchObject({ status: "COMPLETED", output: 6, workerId: "w1" })
        if (time === "first") expect(yield* status("failed-u1")).toMatchObject({ status: "FAILED", error: "no" })
        // what is new since then works for what is old
        if (time === "first") yield* ask("POST", "/v2/endpoint000001/retry/failed-u1")
        expect(yield* status("failed-u1")).toEqual({ id: "failed-u1", status: "IN_QUEUE" })
        expect(yield* ask("GET", "/v2/endpoint000001/health")).toMatchObject({ jobs: { inQueue: 3 } })

        expect(yield* ask("GET", "/v2/serverless/endpoint000001")).toMatchObject({
          name: "old",
          image: "my/image:3",
          env: { A: "1", B: "2" },
          registry: "registry01",
          networkVolumes: ["volume0001"],
          gpu: { pools: ["ADA_24"] }
        })
        expect(yield* ask("GET", "/v2/serverless/endpoint000001/releases")).toMatchObject({
          releases: [{ version: 3, diff: [{ field: "template.imageName" }] }]
        })
        const { data } = yield* ask("POST", "/graphql", {
          query: `{ myself { id pubKey networkVolumes { name } flashApps { name
            flashEnvironments { name state activeBuildId } flashBuilds { id manifest } } } }`
        })
        expect(data).toEqual({
          myself: {
            id: "user_old",
            pubKey: "ssh-ed25519 AAAA me",
            networkVolumes: [{ name: "models" }],
            flashApps: [{
              name: "shop",
              flashEnvironments: [{ name: "production", state: "HEALTHY", activeBuildId: "build1" }],
              flashBuilds: [{ id: "build1", manifest: { a: 1 } }]
            }]
          }
        })
      }).pipe(Effect.provide(Platform.layer({ database: path, apiKey: Redacted.make(Api.key) })), Effect.scoped)
    }
  }))
