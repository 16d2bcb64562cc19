/**
 * What belongs to the account: network volumes, credentials of registries, secrets and SSH keys.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import * as ids from "../ids.ts"
import { dataCenter } from "./catalog/DataCenters.ts"
import { Conflict, NotFound, Refused } from "./ControlError.ts"
import type { ControlError } from "./ControlError.ts"
import type { Account, NetworkVolume, Registry, Secret } from "./Records.ts"
import { put, remove } from "./ResourceStore.ts"
import type { Kind, ResourceStore } from "./ResourceStore.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface VolumeDraft {
  readonly name: string
  /** GB. */
  readonly size: number
  readonly dataCenterId: string
  readonly type?: NetworkVolume["type"]
}

/**
 * @since 0.1.0
 * @category models
 */
export interface AccountControl {
  readonly account: () => Account
  readonly setSshKeys: (keys: ReadonlyArray<string>) => Either.Either<Account, ControlError>
  readonly volumes: {
    readonly list: () => ReadonlyArray<NetworkVolume>
    readonly find: (id: string) => Either.Either<NetworkVolume, NotFound>
    readonly create: (draft: VolumeDraft) => Either.Either<NetworkVolume, ControlError>
    /** A volume grows only. */
    readonly save: (next: NetworkVolume) => Either.Either<NetworkVolume, ControlError>
    /** Refused while an endpoint or a pod has it. */
    readonly remove: (id: string) => Either.Either<void, ControlError>
  }
  readonly registries: {
    readonly list: () => ReadonlyArray<Registry>
    readonly find: (id: string) => Either.Either<Registry, NotFound>
    readonly create: (name: string, username: string) => Either.Either<Registry, ControlError>
    readonly save: (next: Registry) => Either.Either<Registry, ControlError>
    /** Templates and pods that have it lose it. */
    readonly remove: (id: string) => Either.Either<void, ControlError>
  }
  readonly secrets: {
    readonly list: () => ReadonlyArray<Secret>
    readonly create: (draft: Omit<Secret, "id" | "createdAt">) => Either.Either<Secret, ControlError>
    readonly remove: (id: string) => Either.Either<void, ControlError>
    /** Puts values in the place of `{{ RUNPOD_SECRET_<name> }}`; what names no secret stays. */
    readonly reveal: (env: Readonly<Record<string, string>>) => Record<string, string>
  }
}

/** GB. */
const maxVolume = 4096

/**
 * Fails where a new account cannot be written.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly store: ResourceStore
  readonly now: () => number
}): Either.Either<AccountControl, ControlError> => Either.map(openAccount(options.store), () => accountControl(options))

const openAccount = (store: ResourceStore): Either.Either<void, ControlError> =>
  store.accounts.all().length > 0 ? Either.right(undefined) : store.commit([put("accounts", {
    id: ids.userId(),
    sshKeys: [],
    signingKey: Redacted.make(randomBytes(32).toString("hex"))
  })])

const accountControl = (options: { readonly store: ResourceStore; readonly now: () => number }): AccountControl => {
  const { now, store } = options
  const account = (): Account => {
    const [account] = store.accounts.all()
    if (account === undefined) throw new Error("an account is there from the start")
    return account
  }

  const named = <A extends { readonly id: string; readonly name: string }>(
    what: string,
    all: () => ReadonlyArray<A>,
    record: A
  ): Either.Either<A, Conflict> =>
    all().some(({ id, name }) => name === record.name && id !== record.id)
      ? Either.left(new Conflict({ message: `there is a ${what} "${record.name}"` }))
      : Either.right(record)

  const finder = <A>(what: string, get: (id: string) => A | undefined) => (id: string): Either.Either<A, NotFound> =>
    Either.fromNullable(get(id), () => new NotFound({ what, id }))

  const erase = (kind: Kind, find: (id: string) => Either.Either<unknown, NotFound>) => (id: string) =>
    Either.flatMap(find(id), () => store.commit([remove(kind, id)]))

  const findVolume = finder("network volume", store.networkVolumes.get)
  const findRegistry = finder("container registry credential", store.registries.get)
  const findSecret = finder("secret", store.secrets.get)

  const acceptVolume = (volume: NetworkVolume): Either.Either<NetworkVolume, Refused> => {
    const place = dataCenter(volume.dataCenterId)
    const message = place === undefined
      ? `there is no data center ${volume.dataCenterId}`
      : !place.networkVolumeTypes.includes(volume.type)
      ? `data center ${place.id} has no ${volume.type} volumes`
      : volume.size < 1 || volume.size > maxVolume
      ? `size must be 1 to ${maxVolume} GB`
      : undefined
    return message === undefined ? Either.right(volume) : Either.left(new Refused({ message }))
  }

  return {
    account,
    setSshKeys: (sshKeys) => Either.map(store.commit([put("accounts", { ...account(), sshKeys })]), account),
    volumes: {
      list: store.networkVolumes.all,
      find: findVolume,
      create: ({ dataCenterId, name, size, type = "STANDARD" }) =>
        Either.gen(function*() {
          const id = ids.resourceId()
          const volume = yield* acceptVolume({
            id,
            name,
            size,
            dataCenterId,
            type,
            flashEnvironmentId: null,
            createdAt: now()
          })
          yield* store.commit([put("networkVolumes", volume)])
          return volume
        }),
      save: (next) =>
        Either.gen(function*() {
          const { size } = yield* findVolume(next.id)
          if (next.size < size) {
            return yield* Either.left(
              new Refused({ message: `a network volume cannot shrink: its size is ${size} GB, not ${next.size}` })
            )
          }
          yield* acceptVolume(next)
          yield* store.commit([put("networkVolumes", next)])
          return next
        }),
      remove: (id) => {
        const endpoint = store.endpoints.all().find(({ networkVolumes }) => networkVolumes.includes(id))
        const pod = store.pods.all().find(({ networkVolume }) => networkVolume?.id === id)
        const user = endpoint === undefined ? pod && `pod ${pod.id}` : `endpoint ${endpoint.id}`
        return user === undefined
          ? erase("networkVolumes", findVolume)(id)
          : Either.left(new Refused({ message: `network volume ${id} is in use by ${user}` }))
      }
    },
    registries: {
      list: store.registries.all,
      find: findRegistry,
      create: (name, username) =>
        Either.gen(function*() {
          const record = { id: ids.registryId(), name, username, createdAt: now() }
          yield* named("container registry credential", store.registries.all, record)
          yield* store.commit([put("registries", record)])
          return record
        }),
      save: (next) =>
        Either.gen(function*() {
          yield* findRegistry(next.id)
          yield* store.commit([put("registries", next)])
          return next
        }),
      remove: (id) =>
        Either.flatMap(findRegistry(id), () =>
          store.commit([
            remove("registries", id),
            ...store.templates.all().filter(({ registry }) => registry === id)
              .map((template) => put("templates", { ...template, registry: null })),
            ...store.pods.all().filter(({ registry }) => registry === id)
              .map((pod) => put("pods", { ...pod, registry: null }))
          ]))
    },
    secrets: {
      list: store.secrets.all,
      create: (draft) =>
        Either.gen(function*() {
          const secret = { ...draft, id: ids.resourceId(), createdAt: now() }
          yield* named("secret", store.secrets.all, secret)
          yield* store.commit([put("secrets", secret)])
          return secret
        }),
      remove: erase("secrets", findSecret),
      reveal(env) {
        const values = new Map(store.secrets.all().map(({ name, value }) => [name, Redacted.value(value)]))
        return Object.fromEntries(
          Object.entries(env).map(([key, value]) => [
            key,
            value.replace(
              /\{\{\s*RUNPOD_SECRET_([^\s{}]+)\s*\}\}/g,
              (placeholder, name: string) => values.get(name) ?? placeholder
            )
          ])
        )
      }
    }
  }
}
