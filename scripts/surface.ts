/** Reads from the commands what the command line takes: cli/surface/surface.json is made from it. */
import type * as Args from "@effect/cli/Args"
import * as HelpDoc from "@effect/cli/HelpDoc"
import type * as Options from "@effect/cli/Options"
import { Option } from "effect"
import { stripVTControlCharacters } from "node:util"
import { flash } from "../cli/Cli.ts"
import type { ArgumentSurface, CommandSurface, OptionSurface } from "../cli/surface/Surface.ts"

// What @effect/cli makes of a command has no public type. These are the shapes of version 0.77, as far as they are read;
// a shape that is not known is an error below.

interface Primitive {
  readonly _tag: string
  readonly alternatives?: ReadonlyArray<readonly [string, unknown]>
}

interface Single {
  readonly _tag: "Single"
  readonly name: string
  readonly aliases?: ReadonlyArray<string>
  readonly primitiveType: Primitive
  readonly description: HelpDoc.HelpDoc
  readonly pseudoName: Option.Option<string>
}

type Part =
  | Single
  | { readonly _tag: "Empty" }
  | { readonly _tag: "Both" | "OrElse"; readonly left: Part; readonly right: Part }
  | { readonly _tag: "Map"; readonly options?: Part; readonly args?: Part }
  | { readonly _tag: "WithDefault"; readonly options?: Part; readonly args?: Part; readonly fallback: unknown }
  | { readonly _tag: "WithFallback"; readonly options?: Part; readonly args?: Part }
  | {
    readonly _tag: "Variadic"
    readonly argumentOption?: Part
    readonly args?: Part
    readonly min: Option.Option<number>
  }

type Descriptor =
  | {
    readonly _tag: "Standard"
    readonly name: string
    readonly description: HelpDoc.HelpDoc
    readonly options: Options.Options<unknown>
    readonly args: Args.Args<unknown>
  }
  | { readonly _tag: "Map"; readonly command: Descriptor }
  | { readonly _tag: "Subcommands"; readonly parent: Descriptor; readonly children: ReadonlyArray<Descriptor> }

/** What is said of one option or argument by what it is wrapped in. */
interface Found {
  readonly single: Single
  readonly fallback: Option.Option<unknown>
  readonly isRepeated: boolean
  readonly isRequired: boolean
}

const found = (part: Part, context: Omit<Found, "single">): ReadonlyArray<Found> => {
  switch (part._tag) {
    case "Empty":
      return []
    case "Single":
      return [{ single: part, ...context }]
    case "Both":
    case "OrElse":
      return [...found(part.left, context), ...found(part.right, context)]
    case "Map":
      return inner(part.options ?? part.args, context)
    case "WithFallback":
      return inner(part.options ?? part.args, { ...context, isRequired: false })
    case "WithDefault":
      return inner(part.options ?? part.args, { ...context, fallback: Option.some(part.fallback), isRequired: false })
    case "Variadic":
      return inner(part.argumentOption ?? part.args, {
        ...context,
        isRepeated: true,
        isRequired: Option.exists(part.min, (min) => min > 0)
      })
    default:
      throw new Error(`an option or argument of a kind that is not known: ${JSON.stringify(part)}`)
  }
}

const inner = (part: Part | undefined, context: Omit<Found, "single">): ReadonlyArray<Found> => {
  if (part === undefined) throw new Error("an option or argument that holds none")
  return found(part, context)
}

const bare = { fallback: Option.none(), isRepeated: false, isRequired: true }

const textOf = (doc: HelpDoc.HelpDoc): string =>
  stripVTControlCharacters(HelpDoc.toAnsiText(doc)).replaceAll(/\s+/g, " ").trim()

const choicesOf = ({ alternatives = [] }: Primitive): ReadonlyArray<string> => alternatives.map(([name]) => name)

const defaultOf = (fallback: Option.Option<unknown>): string | null =>
  Option.match(fallback, {
    onNone: () => null,
    onSome: (value) => typeof value === "string" || typeof value === "number" ? String(value) : null
  })

const optionOf = ({ fallback, isRepeated, single }: Found): OptionSurface => {
  const { aliases = [], description, name, primitiveType, pseudoName } = single
  const names = [name, ...aliases].map((name) => name.length === 1 ? `-${name}` : `--${name}`)
  return {
    names,
    value: primitiveType._tag === "Bool"
      ? null
      : Option.getOrElse(pseudoName, () => name.toUpperCase().replaceAll("-", "_")),
    isInteger: primitiveType._tag === "Integer",
    choices: choicesOf(primitiveType),
    default: defaultOf(fallback),
    isRepeated,
    description: textOf(description)
  }
}

/** Options and arguments have no name of their own in their descriptions. */
const argumentOf = ({ isRepeated, isRequired, single }: Found): ArgumentSurface => ({
  name: Option.getOrElse(single.pseudoName, () => single.name),
  choices: choicesOf(single.primitiveType),
  isRequired,
  isRepeated,
  description: textOf(single.description)
})

const surfaceOf = (descriptor: Descriptor): CommandSurface => {
  switch (descriptor._tag) {
    case "Map":
      return surfaceOf(descriptor.command)
    case "Subcommands":
      return { ...surfaceOf(descriptor.parent), commands: descriptor.children.map(surfaceOf) }
    case "Standard":
      return {
        name: descriptor.name,
        description: textOf(descriptor.description),
        // the shapes above, behind their public types
        args: found(descriptor.args as unknown as Part, bare).map(argumentOf),
        options: found(descriptor.options as unknown as Part, bare).map(optionOf),
        commands: []
      }
  }
}

export const surface = (): CommandSurface => surfaceOf(flash.descriptor as unknown as Descriptor)

export const text = (): string => `${JSON.stringify(surface(), undefined, 2)}\n`
