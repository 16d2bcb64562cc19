/** What goes between a build and the process that evaluates the project's modules. */

/** What the process is told: everything that it would have to ask a compiler for. */
export interface Task {
  /** Absolute path of the project's folder. */
  readonly root: string
  /** URLs of the modules to look at. */
  readonly modules: ReadonlyArray<string>
  /** JavaScript by the URLs of the files that it was made of. */
  readonly code: Readonly<Record<string, string>>
  /** By the URL of the importing file and the text of the import: the URL of what is imported. */
  readonly resolutions: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** What the process says while it works. */
export type Message =
  | { readonly _tag: "Loading"; readonly module: string }
  | { readonly _tag: "Done"; readonly report: Report }

export interface Report {
  readonly failures: ReadonlyArray<{ readonly module: string; readonly reason: string }>
  readonly functions: ReadonlyArray<FoundFunction>
  readonly resources: ReadonlyArray<FoundResource>
}

/** The same value may be found in many places. */
export interface Place {
  /** URL. */
  readonly module: string
  /** Name of the export. */
  readonly export: string
}

export interface FoundResource {
  /** Where it is exported; most are not. */
  readonly places: ReadonlyArray<Place>
  readonly name: string
  readonly type: string
  /** Encoded `ResourceConfig`. */
  readonly config: unknown
}

export interface FoundFunction {
  readonly places: readonly [Place, ...ReadonlyArray<Place>]
  readonly name: string
  /** URL of the module that defines it, as far as that is known. */
  readonly module: string | undefined
  /** Index of its resource. */
  readonly resource: number
  /** A contract has none. */
  readonly hasHandler: boolean
  /** It runs in its caller's process, wherever that is. */
  readonly isLocal: boolean
  readonly isIdempotent: boolean
  readonly isStream: boolean
  /** Of a method: the class, and what an instance is made of. */
  readonly class?: { readonly name: string; readonly constructorSchema?: JsonSchema }
  /** Where a load balancer's workers serve it. */
  readonly route?: {
    readonly method: string
    readonly path: string
    /** Where the payload travels that is not in the path. */
    readonly body: "None" | "Query" | "Fields" | "Form" | "Json" | "Bytes"
    /** Fields of a form that are files. */
    readonly files: ReadonlyArray<string>
    /** Of an answer that says how it went. */
    readonly status: number
    readonly content: "none" | "json" | "text" | "bytes"
  }
  readonly dependencies: ReadonlyArray<string>
  readonly systemDependencies: ReadonlyArray<string>
  /** JSON Schemas of what is encoded; one that cannot be made is missing. */
  readonly payload?: JsonSchema
  readonly success?: JsonSchema
  readonly error?: JsonSchema
}

export type JsonSchema = Readonly<Record<string, unknown>>
