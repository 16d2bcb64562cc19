/** Errors 2xx: what a program declares and calls. */
import type { Entry } from "../Entry.ts"

export const entries = {
  InvalidResource: {
    code: "FLASH-E201",
    title: "A resource is not declared as it has to be",
    why: "A field has a value that RunPod would refuse, or fields do not go together. The message lists each one.",
    fix: ["Correct the fields that the message names."]
  },
  LocalVariableMissing: {
    code: "FLASH-E202",
    title: "A variable that a resource reads is not set",
    why: "`Env.fromLocal(\"NAME\")` reads the value from the environment of the program that provisions.",
    fix: ["Set the variable, or declare a literal or `Env.secret`."]
  },
  BundleFailed: {
    code: "FLASH-E203",
    title: "The code of a function cannot be sent",
    why: "The module that defines it could not be bundled, or does not export it.",
    fix: [
      "Export the function.",
      "Declare native packages in `dependencies`.",
      "docs/live-code.md says what can travel."
    ]
  },
  FunctionNotFound: {
    code: "FLASH-E204",
    title: "The worker does not know the function",
    why: "The code it was given does not export it, or it serves other functions.",
    fix: ["Export the function from its module.", "Deploy again where the code has changed."]
  },
  InvalidPayload: {
    code: "FLASH-E205",
    title: "The payload does not fit its schema",
    why: "A value was given that the function's payload schema does not allow.",
    fix: ["Correct the fields that the message names."]
  },
  InvalidOptions: {
    code: "FLASH-E206",
    title: "An option of a call has a value it cannot have",
    why: "Times and limits of a job have bounds that RunPod sets.",
    fix: ["Correct the options that the message names."]
  },
  NotSupported: {
    code: "FLASH-E207",
    title: "The endpoint cannot do this",
    why: "Some operations need a queue, a stream, or a job that has ended in a certain way.",
    fix: ["The message says what is missing; call the function in another way."]
  },
  PayloadTooLarge: {
    code: "FLASH-E208",
    title: "The payload is larger than RunPod takes",
    why: "10 MB may be sent to a queue, 20 MB in one round trip (`runsync`), 30 MB to a load-balanced endpoint.",
    fix: ["Put the data on a network volume or in an object store, and send its address."]
  },
  ConfigError: {
    code: "FLASH-E209",
    title: "A variable of the environment has a value that means nothing",
    why: "Settings are read from variables; docs/environment.md lists them with what they take.",
    fix: ["Correct the variable that the message names, or unset it."]
  }
} as const satisfies Record<string, Entry>
