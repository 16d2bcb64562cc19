/** The project as it was at one moment: what it serves, with the code that calls run. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as CodeBundler from "../../src/invoke/CodeBundler.ts"
import type { BuildError } from "../build/BuildError.ts"
import { failure } from "../build/BuildError.ts"
import { discover } from "../build/Discovery.ts"
import type { Discovered } from "../build/Discovery.ts"
import type { Evaluator } from "../build/Evaluate.ts"
import * as Project from "../build/Project.ts"
import * as Operation from "./Operation.ts"

/** Code as it travels with a call. */
export interface Code {
  readonly hash: string
  readonly text: string
}

export interface Generation {
  /** Counted from 1. */
  readonly number: number
  readonly operations: ReadonlyArray<Operation.Operation>
  /** Those that only a deployment serves. */
  readonly elsewhere: ReadonlyArray<Operation.Operation>
  readonly codeOf: (operation: Operation.Operation) => Code
  /** What the user may want to know. */
  readonly notes: ReadonlyArray<string>
  /** Absolute paths of all files that it depends on. */
  readonly files: ReadonlyArray<string>
  /** Why the project as it is now is not served, and this is. */
  readonly problem?: string
}

/** What makes generations, one after the other. */
export interface Maker {
  /** A project without functions makes a generation without operations. */
  readonly make: (number: number) => Effect.Effect<Generation, BuildError>
}

/** `root`: absolute path without links in it. */
export const maker = (root: string, evaluate: Evaluator): Maker => {
  // a save is told of: what has not changed is not bundled again, and what has is looked at
  const bundle = CodeBundler.make({ look: "always" })
  const codeOf = (operation: Operation.Operation) => {
    const { class: of, dependencies, name, systemDependencies } = operation.function
    return Effect.map(
      Effect.either(bundle({
        function: name,
        definedName: of?.name ?? name,
        module: pathToFileURL(join(root, operation.file)).href,
        dependencies,
        systemDependencies
      })),
      (bundled) => ({ operation, bundled })
    )
  }
  return {
    make: (number) =>
      Effect.gen(function*() {
        const { files, notes, resources } = yield* Effect.catchAll(
          discover(root, evaluate),
          (error) => isEmpty(error) ? Effect.succeed(empty) : Effect.fail(error)
        )
        const operations = Operation.make(resources)
        const bundled = yield* Effect.forEach(operations.all, codeOf, { concurrency: "unbounded" })
        const code = new Map<Operation.Operation, Code>()
        const problems: Array<string> = []
        const read = new Set(files)
        for (const { bundled: either, operation } of bundled) {
          if (Either.isLeft(either)) problems.push(either.left.message)
          else {
            code.set(operation, { hash: either.right.hash, text: either.right.code })
            for (const file of either.right.files) read.add(file)
          }
        }
        // functions of one module have its problems in common
        const error = failure([...new Set(problems)])
        if (error !== undefined) return yield* error
        return {
          number,
          operations: operations.all,
          elsewhere: operations.elsewhere,
          codeOf: (operation) => code.get(operation) ?? { hash: "", text: "" },
          notes: [...notes, ...operations.notes],
          files: [...read]
        }
      })
  }
}

const isEmpty = ({ problems: [first, ...others] }: BuildError): boolean =>
  first === Project.nothing && others.length === 0

const empty: Pick<Discovered, "files" | "notes" | "resources"> = { files: [], notes: [], resources: [] }
