/** What must hold between the fields of a resource. */
import { cpuInstanceDetail, maxDiskInGb } from "../CpuInstanceType.ts"
import { existingId, isLive } from "../Derived.ts"
import type { NetworkVolume } from "../NetworkVolume.ts"
import type { ResourceConfig } from "../ResourceConfig.ts"

/** A wrong field, and what is wrong with it. */
export interface Issue {
  readonly path: string
  readonly message: string
}

/** A rule between fields. */
interface Rule {
  /** The fields it looks at: where one of them is wrong by itself, the rule says nothing. */
  readonly fields: ReadonlyArray<string>
  readonly broken: (config: ResourceConfig) => Issue | undefined
}

const rules: ReadonlyArray<Rule> = [
  {
    fields: ["workersMin", "workersMax"],
    broken: ({ workersMax, workersMin }) =>
      workersMin <= workersMax ? undefined : {
        path: "workersMin",
        message: `workersMin ${workersMin} is above workersMax ${workersMax}`
      }
  },
  {
    fields: ["scalerType", "scalerValue"],
    broken: ({ scalerType, scalerValue }) =>
      scalerType === "QUEUE_DELAY" || Number.isInteger(scalerValue) ? undefined : {
        path: "scalerValue",
        message: `expected a whole number of requests with REQUEST_COUNT, not ${scalerValue}`
      }
  },
  {
    fields: ["containerDiskInGb", "instanceIds"],
    broken(config) {
      if (!("instanceIds" in config)) return
      const { containerDiskInGb: disk, instanceIds } = config
      const most = maxDiskInGb(instanceIds)
      if (disk === undefined || disk <= most) return
      const each = instanceIds.map((id) => `${id} has at most ${cpuInstanceDetail(id).maxDiskInGb} GB`).join(", ")
      return { path: "containerDiskInGb", message: `${disk} GB is more than there is room for: ${each}` }
    }
  },
  {
    fields: ["cudaVersions", "minCudaVersion"],
    broken: (config) =>
      "gpus" in config && config.cudaVersions.length > 0 && config.minCudaVersion !== undefined
        ? { path: "minCudaVersion", message: "cudaVersions names exact versions already: give one of the two" }
        : undefined
  },
  {
    fields: ["template", "templateId"],
    broken: ({ template, templateId }) =>
      template !== undefined && templateId !== undefined
        ? { path: "templateId", message: "there is a template already: give one of the two" }
        : undefined
  },
  {
    fields: ["imageName", "template", "templateId", "id"],
    broken(config) {
      if (isLive(config) || config.imageName !== undefined || config.templateId !== undefined) return
      if (existingId(config) !== undefined) return
      return {
        path: "imageName",
        message: `${config._tag} runs an image of your own: give imageName, a template with an imageName, or ` +
          "templateId; or id alone for an endpoint that is there already"
      }
    }
  },
  {
    fields: ["networkVolumes", "dataCenters"],
    broken({ dataCenters, networkVolumes }) {
      const outside = networkVolumes.find(({ dataCenterId }) =>
        dataCenterId !== undefined && dataCenters.length > 0 && !dataCenters.includes(dataCenterId)
      )
      return outside === undefined ? undefined : {
        path: "dataCenters",
        message: `${nameOf(outside)} is in ${outside.dataCenterId}, and workers would be in ${
          dataCenters.join(", ")
        } only: add its data center, or leave datacenter out`
      }
    }
  },
  {
    fields: ["networkVolumes"],
    broken({ networkVolumes }) {
      const second = networkVolumes.find((volume, index) =>
        volume.dataCenterId !== undefined &&
        networkVolumes.findIndex(({ dataCenterId }) => dataCenterId === volume.dataCenterId) < index
      )
      return second === undefined ? undefined : {
        path: "networkVolumes",
        message: `${nameOf(second)} is the second in ${second.dataCenterId}: a worker has one volume, that of its ` +
          "data center"
      }
    }
  },
  {
    fields: ["env"],
    broken: (config) =>
      "port" in config && "PORT" in config.env
        ? { path: "env.PORT", message: "give port instead: it sets the variable and opens the port" }
        : undefined
  }
]

const nameOf = (volume: NetworkVolume) =>
  `volume ${JSON.stringify(volume._tag === "NetworkVolume" ? volume.name : volume.id)}`

/** What is wrong between the fields of a resource, as far as each is right by itself. */
export const check = (config: ResourceConfig, wrong: ReadonlyArray<string> = []): ReadonlyArray<Issue> =>
  rules.flatMap(({ broken, fields }) => {
    if (fields.some((field) => wrong.includes(field))) return []
    return broken(config) ?? []
  })
