/** Errors 7xx: builds and deployments. */
import { ExitCode } from "../../CliError.ts"
import type { Entry } from "../Entry.ts"

const { notFound, partial } = ExitCode

export const entries = {
  BuildError: {
    code: "FLASH-E701",
    title: "The project cannot be built",
    why:
      "A module does not load or cannot be bundled, names are given twice, or the archive would hold a secret. A build " +
      "loads the modules that import effect-flash without network, without writing files and without your variables.",
    fix: [
      "Do what the message says, for each line of it.",
      "Name modules that are no part of what is deployed in .flashignore."
    ]
  },
  UploadFailed: {
    code: "FLASH-E702",
    title: "The archive of a build was not uploaded",
    why:
      "The connection to the storage broke or it refused the archive, again and again, or the file has changed. Of a " +
      "store of your own: workers could not fetch what was put there.",
    fix: [
      "Deploy again. What was served before is served still.",
      "See that FLASH_ARTIFACT_STORE, its credentials and FLASH_ARTIFACT_PUBLIC_URL belong together."
    ]
  },
  BuildUnusable: {
    code: "FLASH-E703",
    title: "A build cannot be deployed",
    why: "The environment has no such build, or another version of effect-flash or runpod-flash has made it.",
    fix: ["See the builds with `flash app get`, or deploy from the sources with `flash deploy`."],
    exitCode: notFound
  },
  DeploymentIncomplete: {
    code: "FLASH-E704",
    title: "A deployment is not complete",
    why: "Some of its endpoints could not be made, changed or deleted. The message has the reasons, and what serves.",
    fix: ["Mend the cause and deploy again: it goes on with what is left."],
    exitCode: partial
  },
  NotServing: {
    code: "FLASH-E705",
    title: "An environment does not serve the build that was promoted",
    why: "The platform does not report the environment as healthy with that build.",
    fix: ["Look at `flash env get` and `flash logs`.", "`flash rollback` promotes the build before it."]
  }
} as const satisfies Record<string, Entry>
