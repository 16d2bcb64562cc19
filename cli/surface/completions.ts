/** Scripts that complete `flash` in a shell: commands, options and the values of those that take few. */
import type { CommandSurface, OptionSurface } from "./Surface.ts"
import { commandPaths, globalOptions, isGroup, root } from "./Surface.ts"

export const shells = ["bash", "zsh", "fish"] as const

export type Shell = (typeof shells)[number]

interface Place {
  /** `flash env get` */
  readonly at: string
  readonly commands: ReadonlyArray<CommandSurface>
  readonly options: ReadonlyArray<OptionSurface>
  /** Values of its first argument. */
  readonly values: ReadonlyArray<string>
}

const places = (): ReadonlyArray<Place> =>
  commandPaths(root).map((path) => {
    const command = path.at(-1) ?? root
    return {
      at: path.map(({ name }) => name).join(" "),
      commands: command.commands,
      options: [...command.options, ...globalOptions],
      values: isGroup(command) ? [] : command.args[0]?.choices ?? []
    }
  })

/** In single quotes, for a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Paths of commands, each as far as its last word leads. */
const steps = (all: ReadonlyArray<Place>): string => all.slice(1).map(({ at }) => `"${at}"`).join(" | ")

const valued = (all: ReadonlyArray<Place>) =>
  all.flatMap(({ at, options }) =>
    options.filter(({ value }) => value !== null).flatMap(({ choices, names }) => ({
      patterns: names.map((name) => `"${at} ${name}"`).join(" | "),
      choices
    }))
  )

const bash = (all: ReadonlyArray<Place>): string =>
  `# Completions of flash for bash: put \`source <(flash completions bash)\` into ~/.bashrc.
_flash() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at=flash i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${steps(all)}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $prev" in
${
    valued(all).map(({ choices, patterns }) =>
      `    ${patterns}) ${
        choices.length === 0 ? "" : `COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$cur")); `
      }return ;;`
    ).join("\n")
  }
  esac
  case "$at" in
${
    all.map(({ at, commands, options, values }) =>
      `    "${at}") COMPREPLY=($(compgen -W "${
        [...commands.map(({ name }) => name), ...values, ...options.flatMap(({ names }) => names)].join(" ")
      }" -- "$cur")) ;;`
    ).join("\n")
  }
  esac
}
complete -o default -F _flash flash
`

/** An entry of \`_describe\`, which ends a name at a colon. */
const described = (name: string, text: string): string => quoted(`${name.replaceAll(":", "\\:")}:${text}`)

const zsh = (all: ReadonlyArray<Place>): string =>
  `#compdef flash
# Completions of flash for zsh: put \`source <(flash completions zsh)\` into ~/.zshrc, below \`compinit\`.
_flash() {
  local at=flash previous=\${words[CURRENT-1]}
  local -a found options
  integer i
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
      (${steps(all)}) at="$at \${words[i]}" ;;
    esac
  done
  case "$at $previous" in
${
    valued(all).map(({ choices, patterns }) =>
      `    (${patterns}) ${
        choices.length === 0 ? "_files" : `found=(${choices.map(quoted).join(" ")}); _describe value found`
      }; return ;;`
    ).join("\n")
  }
  esac
  case "$at" in
${
    all.map(({ at, commands, options, values }) =>
      [
        `    ("${at}")`,
        `      found=(${
          [...commands.map(({ description, name }) => described(name, description)), ...values.map(quoted)].join(" ")
        })`,
        `      options=(${
          options.flatMap(({ description, names }) => names.map((name) => described(name, description))).join(" ")
        }) ;;`
      ].join("\n")
    ).join("\n")
  }
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o option options
  elif (( \${#found} )); then
    _describe command found
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == _flash ]]; then _flash "$@"; else compdef _flash flash; fi
`

const fishOption = (at: string, { choices, description, names, value }: OptionSurface): string => {
  const [long = "", short] = names.map((name) => name.replace(/^-+/, ""))
  return [
    `complete -c flash -n ${quoted(`__flash_at "${at}"`)} -l ${long}`,
    ...(short === undefined ? [] : [`-s ${short}`]),
    ...(value === null ? [] : choices.length === 0 ? ["-r"] : [`-x -a ${quoted(choices.join(" "))}`]),
    `-d ${quoted(description)}`
  ].join(" ")
}

const fish = (all: ReadonlyArray<Place>): string =>
  `# Completions of flash for fish: \`flash completions fish > ~/.config/fish/completions/flash.fish\`.
function __flash_at
    set -l at flash
    set -l words (commandline -opc)
    for word in $words[2..-1]
        switch "$at $word"
            case ${all.slice(1).map(({ at }) => quoted(at)).join(" ")}
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
${
    all.flatMap(({ at, commands, options, values }) => [
      ...commands.map(({ description, name }) =>
        `complete -c flash -f -n ${quoted(`__flash_at "${at}"`)} -a ${name} -d ${quoted(description)}`
      ),
      ...values.map((value) => `complete -c flash -f -n ${quoted(`__flash_at "${at}"`)} -a ${value}`),
      ...options.map((option) => fishOption(at, option))
    ]).join("\n")
  }
`

/** The script that completes `flash` in a shell. */
export const completions = (shell: Shell): string => ({ bash, zsh, fish })[shell](places())
