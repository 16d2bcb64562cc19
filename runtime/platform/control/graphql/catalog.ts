/**
 * What can be had, and the collections of which this platform has nothing.
 *
 * @since 0.1.0
 */
import { cpuFlavors, parseInstanceId } from "../catalog/CpuFlavors.ts"
import { dataCenters } from "../catalog/DataCenters.ts"
import { gpuPools, gpuTypes } from "../catalog/GpuTypes.ts"
import type { GpuType } from "../catalog/GpuTypes.ts"
import * as Stock from "../catalog/Stock.ts"
import type { Context } from "../Context.ts"
import type { Maybe } from "./values.ts"

/**
 * @since 0.1.0
 * @category resolvers
 */
export const resolvers = ({ stock }: Context) => ({
  gpuTypes: (
    { input }: {
      readonly input?: Maybe<{ readonly id?: Maybe<string>; readonly ids?: Maybe<ReadonlyArray<Maybe<string>>> }>
    }
  ) =>
    gpuTypes
      .filter(({ id }) => (input?.id ?? id) === id && (input?.ids ?? [id]).includes(id))
      .map((type) => gpuType(stock, type)),
  cpuTypes: () =>
    cpuFlavors.map(({ group, id, name, vcpu }) => ({
      id,
      displayName: name,
      manufacturer: "AMD",
      cores: vcpu.max,
      threadsPerCore: 2,
      groupId: group
    })),
  cpuFlavors: ({ input }: { readonly input?: Maybe<{ readonly id?: Maybe<string> }> }) =>
    cpuFlavors.filter(({ id }) => (input?.id ?? id) === id).map(({ id }) => ({
      id,
      specifics: (
        { input }: {
          readonly input?: Maybe<{ readonly dataCenterId?: Maybe<string>; readonly instanceId?: Maybe<string> }>
        }
      ) => ({
        // an instance that is not cut from this flavor is not to be had
        stockStatus: input?.instanceId && parseInstanceId(input.instanceId)?.id !== id
          ? "None"
          : level(stock, [id], input?.dataCenterId),
        securePrice: 0,
        slsPrice: 0
      })
    })),
  dataCenters: () =>
    dataCenters.map(({ id, name, region }) => ({
      id,
      name,
      location: region,
      gpuAvailability: () =>
        gpuTypes.map((type) => ({
          gpuTypeId: type.id,
          displayName: type.name,
          stockStatus: level(stock, namesOf(type), id)
        }))
    })),
  serverlessGpuPools: () => [...gpuPools].map(([id, gpuTypeIds]) => ({ id, gpuTypeIds })),
  listings: () => [],
  allAiApiPublicConfigs: () => [],
  myModels: () => [],
  addModelToRepo: noModels,
  removeModelFromRepo: noModels,
  createModelRepoUpload: noModels,
  completeModelRepoUpload: noModels,
  updateModelVersionStatus: noModels
})

const noModels = () => ({ success: false, message: "the embedded platform keeps no models" })

const namesOf = ({ id, pool }: GpuType): ReadonlyArray<string> => pool === null ? [id] : [id, pool]

const level = (stock: Stock.Stock, names: ReadonlyArray<string>, dataCenterId: Maybe<string>): string =>
  Stock.titled(dataCenterId ? Stock.levelIn(stock, names, dataCenterId) : Stock.best(stock, names))

const gpuType = (stock: Stock.Stock, type: GpuType) => ({
  id: type.id,
  displayName: type.name,
  manufacturer: type.id.startsWith("AMD ") ? "AMD" : "Nvidia",
  memoryInGb: type.memory,
  secureCloud: true,
  communityCloud: false,
  securePrice: 0,
  communityPrice: 0,
  maxGpuCount: 8,
  maxGpuCountSecureCloud: 8,
  maxGpuCountCommunityCloud: 0,
  minPodGpuCount: 1,
  nodeGroupGpuSizes: [],
  lowestPrice: ({ input }: { readonly input?: Maybe<{ readonly dataCenterId?: Maybe<string> }> }) => ({
    gpuName: type.name,
    gpuTypeId: type.id,
    minimumBidPrice: 0,
    uninterruptablePrice: 0,
    stockStatus: level(stock, namesOf(type), input?.dataCenterId)
  })
})
