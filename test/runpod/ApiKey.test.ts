import { Error as PlatformError, FileSystem } from "@effect/platform"
import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, expect, layer } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import * as Path from "node:path"
import { inspect } from "node:util"
import * as ApiKey from "../../src/runpod/ApiKey.ts"

/** A home and a working directory of the test's own. */
const places = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()
  const home = yield* fs.makeTempDirectoryScoped()
  const config = ApiKey.configFile({ home })
  return {
    directory,
    home,
    config,
    dotEnv: Path.join(directory, ".env"),
    writeDotEnv: (text: string) => fs.writeFileString(Path.join(directory, ".env"), text),
    writeConfig: (text: string) =>
      Effect.zipRight(
        fs.makeDirectory(Path.dirname(config), { recursive: true }),
        fs.writeFileString(config, text)
      ),
    readConfig: fs.readFileString(config)
  }
})

const withEnv = (env: Record<string, string>) =>
  Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env))))

const found = (at: ApiKey.Places, env: Record<string, string> = {}) =>
  ApiKey.find(at).pipe(
    withEnv(env),
    Effect.map(({ origin, value }) => ({ origin, key: Redacted.value(value) }))
  )

layer(NodeFileSystem.layer)("ApiKey", (it) => {
  describe("find", () => {
    it.scoped("takes the environment's before .env's before the file's", () =>
      Effect.gen(function*() {
        const at = yield* places
        yield* at.writeConfig(`[default]\napi_key = "rpa_file"\n`)
        expect(yield* found(at)).toEqual({ key: "rpa_file", origin: `[default] api_key in ${at.config}` })
        yield* at.writeDotEnv("RUNPOD_API_KEY=rpa_dotenv\n")
        expect(yield* found(at)).toEqual({ key: "rpa_dotenv", origin: `RUNPOD_API_KEY in ${at.dotEnv}` })
        expect(yield* found(at, { RUNPOD_API_KEY: "rpa_env" })).toEqual({
          key: "rpa_env",
          origin: "the environment variable RUNPOD_API_KEY"
        })
      }))

    it.scoped("names the three places where there is none", () =>
      Effect.gen(function*() {
        const at = yield* places
        const error = yield* Effect.flip(found(at))
        expect(error).toMatchObject({
          _tag: "ApiKeyMissing",
          searched: [
            { place: "environment variable RUNPOD_API_KEY", found: "not set" },
            { place: at.dotEnv, found: "no such file" },
            { place: at.config, found: "no such file" }
          ]
        })
        expect(error.message).toContain("flash login")
      }))

    it.scoped("a blank key is none", () =>
      Effect.gen(function*() {
        const at = yield* places
        yield* at.writeDotEnv("RUNPOD_API_KEY=\n")
        yield* at.writeConfig(`apikey = ""\n`)
        expect((yield* Effect.flip(found(at, { RUNPOD_API_KEY: "  " }))).searched.map(({ found }) => found)).toEqual([
          "blank",
          "blank",
          "no api_key"
        ])
      }))

    it.scoped("cuts the line's end off that was pasted with a key", () =>
      Effect.gen(function*() {
        const at = yield* places
        expect((yield* found(at, { RUNPOD_API_KEY: " rpa_env\n" })).key).toBe("rpa_env")
      }))

    it.scoped("what cannot travel in a header is not taken, nor is the next place's key in its stead", () =>
      Effect.gen(function*() {
        const at = yield* places
        yield* at.writeConfig(`apikey = "rpa_file"\n`)
        const error = yield* Effect.flip(found(at, { RUNPOD_API_KEY: "rpa_one\nrpa_two" }))
        expect(error.searched).toHaveLength(1)
        expect(inspect(error) + error.message).not.toContain("rpa_one")
      }))

    it.scoped("reads .env as people write it", () =>
      Effect.gen(function*() {
        const at = yield* places
        const files = [
          "RUNPOD_API_KEY=rpa_x",
          "export RUNPOD_API_KEY='rpa_x' # mine",
          `# keys\n\nRUNPOD_API_KEY = "rpa_x"\r\n`,
          "a line without the sign\nPATH=$PATH:/opt\nRUNPOD_API_KEY=rpa_x\nanother\n",
          "\uFEFFRUNPOD_API_KEY=rpa_x\n",
          "PRICE=5$1\nQUOTE='open\nRUNPOD_API_KEY=rpa_x\n"
        ]
        for (const text of files) {
          yield* at.writeDotEnv(text)
          expect((yield* found(at)).key).toBe("rpa_x")
        }
      }))

    it.scoped("a folder called .env is no file of settings", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const at = yield* places
        yield* fs.makeDirectory(at.dotEnv)
        yield* at.writeConfig(`apikey = "rpa_file"\n`)
        expect((yield* found(at)).key).toBe("rpa_file")
      }))

    it.scoped("reads what runpodctl and the Python package keep", () =>
      Effect.gen(function*() {
        const at = yield* places
        const files: ReadonlyArray<readonly [string, string]> = [
          [`apikey = "rpa_x"\napiurl = "https://api.runpod.io/graphql"\n`, "apikey"],
          [`api_key = 'rpa_x'\n`, "api_key"],
          [`apikey = "rpa_old"\n[default]\napi_key = "rpa_x"\n`, "[default] api_key"],
          [`default = { api_key = "rpa_x" }\n`, "[default] api_key"],
          [`default.api_key = "rpa_x"\n`, "[default] api_key"],
          [`apikey = "rpa_x"\n[default]\napi_key = ""\n`, "apikey"]
        ]
        for (const [text, field] of files) {
          yield* at.writeConfig(text)
          expect(yield* found(at)).toEqual({ key: "rpa_x", origin: `${field} in ${at.config}` })
        }
      }))

    it.scoped("says what is wrong with the file, and not what stands in it", () =>
      Effect.gen(function*() {
        const at = yield* places
        const files: ReadonlyArray<readonly [string, string]> = [
          [`# mine\napikey = rpa_SECRETKEY\n`, "not TOML at line 2"],
          [`apikey = 5\n`, "apikey is not text"],
          [`apikey = ["rpa_SECRETKEY"]\n`, "apikey is not text"],
          [`default = "rpa_SECRETKEY"\n`, "no api_key"]
        ]
        for (const [text, problem] of files) {
          yield* at.writeConfig(text)
          const error = yield* Effect.flip(found(at))
          expect(error.searched.at(-1)).toEqual({ place: at.config, found: problem })
          expect(inspect(error) + error.message).not.toContain("rpa_SECRETKEY")
        }
      }))

    it.scoped("a place that cannot be read ends the search", () =>
      Effect.gen(function*() {
        const real = yield* FileSystem.FileSystem
        const at = yield* places
        yield* at.writeDotEnv("RUNPOD_API_KEY=rpa_dotenv\n")
        yield* at.writeConfig(`apikey = "rpa_file"\n`)
        // made up: the rights of a file do not bind root, as whom the tests of a container run
        const denied = new PlatformError.SystemError({
          reason: "PermissionDenied",
          module: "FileSystem",
          method: "readFile",
          pathOrDescriptor: at.dotEnv
        })
        const locked = FileSystem.makeNoop({
          stat: real.stat,
          readFileString: (path) => path === at.dotEnv ? Effect.fail(denied) : real.readFileString(path)
        })
        const error = yield* found(at).pipe(
          Effect.provide(Layer.succeed(FileSystem.FileSystem, locked)),
          Effect.flip
        )
        expect(error.searched).toHaveLength(2)
        expect(error.searched[1]?.found).toBe("cannot be read (PermissionDenied)")
      }))
  })

  describe("save", () => {
    const save = (at: ApiKey.Places, key: string) => ApiKey.save(Redacted.make(key), at)

    it.scoped("makes the file, for its owner alone", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const at = yield* places
        expect(yield* save(at, "rpa_new")).toBe(at.config)
        expect(yield* at.readConfig).toBe(`[default]\napi_key = "rpa_new"`)
        expect((yield* fs.stat(at.config)).mode & 0o777).toBe(0o600)
        expect((yield* fs.stat(Path.dirname(at.config))).mode & 0o777).toBe(0o700)
        expect((yield* found(at)).key).toBe("rpa_new")
      }))

    it.scoped("loses nothing of what is there", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const at = yield* places
        const before = `# runpodctl
apikey = "rpa_ctl"   # keep me
apiurl = 'https://api.runpod.io/graphql'

[default]
# mine
api_key = "rpa_old"
when = 2026-11-24T20:00:00Z
big = 9007199254740993
ports = [
  1, # one
  2,
]

["other profile"]
api_key = """
rpa_
other"""

[[regions]]
id = "EU"
`
        yield* at.writeConfig(before)
        yield* fs.chmod(at.config, 0o644)
        yield* save(at, "rpa_new")
        expect(yield* at.readConfig).toBe(before.replace("rpa_old", "rpa_new"))
        expect((yield* fs.stat(at.config)).mode & 0o777).toBe(0o600)
        expect(yield* found(at)).toMatchObject({ key: "rpa_new" })
      }))

    it.scoped("adds the profile where there is none", () =>
      Effect.gen(function*() {
        const at = yield* places
        yield* at.writeConfig(`apikey = "rpa_ctl"\r\n`)
        yield* save(at, "rpa_new")
        const after = yield* at.readConfig
        expect(after).toMatch(/^apikey = "rpa_ctl"\r\n/)
        expect(yield* found(at)).toMatchObject({ key: "rpa_new" })
      }))

    it.scoped("leaves a file alone that it cannot read, or not keep whole", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const at = yield* places
        for (const text of [`apikey = rpa_SECRETKEY\n`, `default = "x"\n`, `[default\n`]) {
          yield* at.writeConfig(text)
          const error = yield* Effect.flip(save(at, "rpa_new"))
          expect(error).toMatchObject({ _tag: "CredentialsNotSaved", path: at.config })
          expect(error.message).not.toContain("rpa_SECRETKEY")
          expect(yield* at.readConfig).toBe(text)
          expect(yield* fs.readDirectory(Path.dirname(at.config))).toEqual(["config.toml"])
        }
      }))

    it.scoped("follows a link, and leaves it one", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const at = yield* places
        const target = Path.join(at.directory, "dotfiles.toml")
        yield* fs.writeFileString(target, `apikey = "rpa_ctl"\n`)
        yield* fs.makeDirectory(Path.dirname(at.config))
        yield* fs.symlink(target, at.config)
        yield* save(at, "rpa_new")
        expect(yield* fs.readLink(at.config)).toBe(target)
        expect(yield* fs.readFileString(target)).toContain("rpa_new")
      }))

    it.scoped("does not take what is no key", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const at = yield* places
        for (const key of ["", "  ", "two words", "rpa_\u0000"]) {
          expect((yield* Effect.flip(save(at, key)))._tag).toBe("CredentialsNotSaved")
        }
        expect(yield* fs.exists(at.config)).toBe(false)
      }))

    it.scoped("leaves nothing beside the file, also where it fails at the last step", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const at = yield* places
        yield* at.writeConfig(`apikey = "rpa_ctl"\n`)
        const failing = Effect.provide(
          save(at, "rpa_new"),
          Layer.succeed(FileSystem.FileSystem, {
            ...fs,
            rename: () => fs.rename(Path.join(at.directory, "nothing"), at.config)
          })
        )
        expect((yield* Effect.flip(failing))._tag).toBe("CredentialsNotSaved")
        expect(yield* at.readConfig).toBe(`apikey = "rpa_ctl"\n`)
        expect(yield* fs.readDirectory(Path.dirname(at.config))).toEqual(["config.toml"])
      }))

    it.scoped("many at once leave a whole file", () =>
      Effect.gen(function*() {
        const at = yield* places
        yield* at.writeConfig(`# mine\napikey = "rpa_ctl"\n`)
        const keys = Array.from({ length: 10 }, (_, index) => `rpa_${index}`)
        yield* Effect.forEach(keys, (key) => save(at, key), { concurrency: "unbounded" })
        const { key } = yield* found(at)
        assert(keys.includes(key))
        expect(yield* at.readConfig).toContain(`# mine\napikey = "rpa_ctl"\n`)
      }))
  })

  describe("remove", () => {
    it.scoped("takes every key out, and nothing else", () =>
      Effect.gen(function*() {
        const at = yield* places
        yield* at.writeConfig(
          `# mine\napikey = "rpa_ctl"\napiurl = "u" # url\n\n[default]\napi_key = "rpa_x"\nname = "me"\n`
        )
        yield* ApiKey.remove(at)
        const after = yield* at.readConfig
        expect(after).not.toContain("rpa_")
        expect(after).toContain(`apiurl = "u" # url`)
        expect(after).toContain(`name = "me"`)
        expect((yield* Effect.flip(found(at)))._tag).toBe("ApiKeyMissing")
      }))

    it.scoped("changes nothing where there is no key", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const at = yield* places
        yield* ApiKey.remove(at)
        expect(yield* fs.exists(at.config)).toBe(false)
        yield* at.writeConfig(`[default]\nname = "me"\n`)
        yield* ApiKey.remove(at)
        expect(yield* at.readConfig).toBe(`[default]\nname = "me"\n`)
      }))
  })
})
