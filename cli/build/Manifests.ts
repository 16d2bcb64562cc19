/** What a build's manifest says. */
import * as Effect from "effect/Effect"
import * as Manifest from "../../src/discovery/Manifest.ts"
import * as Dependency from "../../src/protocol/Dependency.ts"
import { version } from "../../src/Version.ts"
import type { Bundled, Code } from "./Bundle.ts"
import { digestOf } from "./Bundle.ts"
import type { ProjectFunction, ProjectResource } from "./Project.ts"
import { byCodeUnits } from "./ProjectFiles.ts"

export interface Options {
  readonly app: string
  readonly resources: ReadonlyArray<ProjectResource>
  readonly bundled: Bundled
  /** Versions of the packages that workers install, by name. */
  readonly onWorker: ReadonlyMap<string, string>
  /** Versions by the folders of packages in the archive. */
  readonly packages: Readonly<Record<string, string>>
}

/** A time that is none: the same sources give the same bytes. Readers of runpod-flash look for one. */
const noTime = "1970-01-01T00:00:00.000000Z"

export const make = (options: Options): Effect.Effect<Manifest.Manifest> =>
  Effect.gen(function*() {
    const { app, packages, resources } = options
    const described = yield* Effect.forEach(resources, (resource) =>
      Effect.map(resourceOf(options, resource), (it) => [resource.name, it] as const))
    const routes = resources.flatMap(({ functions, name }) => {
      const own = functions.flatMap(({ name, route }) =>
        route === undefined ? [] : [[`${route.method.toUpperCase()} ${route.path}`, name] as const]
      )
      return own.length === 0 ? [] : [[name, Object.fromEntries(own)] as const]
    })
    return {
      version: Manifest.version,
      generated_at: noTime,
      project_name: app,
      flash_version: version,
      resources: Object.fromEntries(described),
      function_registry: Object.fromEntries(
        described.flatMap(([name, { functions }]) =>
          functions.map((one) => [one.name, name])
        )
      ),
      ...(routes.length === 0 ? {} : { routes: Object.fromEntries(routes) }),
      packages
    }
  })

const resourceOf = ({ bundled, onWorker }: Options, resource: ProjectResource) =>
  Effect.gen(function*() {
    const { config, functions, name, variable } = resource
    // a decoded configuration encodes
    const said = yield* Effect.orDie(Manifest.ofConfig(config))
    const code = bundled.code.get(name)
    const calls = code?.calls ?? []
    const file = functions[0]?.file ?? ""
    const npm = functions.flatMap(({ dependencies }) => dependencies.map(Dependency.npmNameOf))
    return {
      ...said,
      file_path: file,
      local_path_prefix: file === "" ? "" : `/${stemOf(file)}`,
      module_path: moduleOf(file),
      config_variable: variable,
      functions: [
        ...functions.map((one) => functionOf(one, said, variable)),
        ...classesOf(functions, said, variable)
      ].sort((a, b) => byCodeUnits(a.name, b.name)),
      makes_remote_calls: calls.length > 0,
      calls,
      dependencies: unique(npm.flatMap((name) => onWorker.has(name) ? [`${name}@${onWorker.get(name)}`] : [])),
      system_dependencies: unique(functions.flatMap(({ systemDependencies }) => systemDependencies)),
      ...(code === undefined ? {} : codeOf(bundled, code))
    }
  })

const unique = (names: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(names)].sort(byCodeUnits)

const stemOf = (file: string): string => file.replace(/\.[^./]+$/, "")

const moduleOf = (file: string): string => stemOf(file).replaceAll("/", ".")

const codeOf = ({ files }: Bundled, code: Code) => {
  const digests = code.files.map((path) => [path, digestOf(files.get(path) ?? "")] as const)
  return {
    code: { module: code.module, files: Object.fromEntries(digests) },
    code_hash: digestOf(digests.map(([path, digest]) => `${path}\0${digest}\n`).join(""))
  }
}

const functionOf = (
  one: ProjectFunction,
  resource: Pick<Manifest.ManifestResource, "is_load_balanced" | "is_live_resource">,
  variable: string | null
): Manifest.ManifestFunction => ({
  name: one.name,
  module: moduleOf(one.file),
  is_async: true,
  is_class: false,
  is_load_balanced: resource.is_load_balanced,
  is_live_resource: resource.is_live_resource,
  is_idempotent: one.isIdempotent,
  config_variable: variable,
  streams: one.isStream,
  ...(one.route === undefined ? {} : { http_method: one.route.method.toUpperCase(), http_path: one.route.path }),
  ...schemasOf(one)
})

/** A class stands beside its methods, which are called as functions named `Class.method`. */
const classesOf = (
  functions: ReadonlyArray<ProjectFunction>,
  resource: Parameters<typeof functionOf>[1],
  variable: string | null
): ReadonlyArray<Manifest.ManifestFunction> => {
  const byClass = new Map<string, ReadonlyArray<ProjectFunction>>()
  for (const one of functions) {
    if (one.class !== undefined) byClass.set(one.class.name, [...byClass.get(one.class.name) ?? [], one])
  }
  return [...byClass].flatMap(([name, methods]) =>
    methods.slice(0, 1).map((first): Manifest.ManifestFunction => ({
      name,
      module: moduleOf(first.file),
      is_async: true,
      is_class: true,
      is_load_balanced: resource.is_load_balanced,
      is_live_resource: resource.is_live_resource,
      is_idempotent: false,
      config_variable: variable,
      streams: false,
      ...(first.class?.constructorSchema === undefined ? {} : { constructor_schema: first.class.constructorSchema }),
      methods: methods.map((method) => ({
        name: method.name.slice(name.length + 1),
        streams: method.isStream,
        ...schemasOf(method)
      }))
    }))
  )
}

const schemasOf = ({ error, payload, success }: ProjectFunction) => ({
  ...(payload === undefined ? {} : { payload_schema: payload }),
  ...(success === undefined ? {} : { success_schema: success }),
  ...(error === undefined ? {} : { error_schema: error })
})
