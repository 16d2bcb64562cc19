/**
 * Logins of command lines: asked for without a key, approved in a browser, and answered with the account's key, once.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import * as ids from "../ids.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Login {
  readonly id: string
  readonly status: "PENDING" | "APPROVED" | "CONSUMED" | "DENIED" | "EXPIRED"
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Logins {
  readonly create: () => Login
  readonly find: (id: string) => Login | undefined
  /** As it stands; the first that asks after it was approved is given the key. */
  readonly collect: (id: string) => (Login & { readonly apiKey: Redacted.Redacted | undefined }) | undefined
  /** Where it still waits for that. */
  readonly decide: (id: string, decision: "APPROVED" | "DENIED") => Login | undefined
}

/** Milliseconds that one waits for its approval. */
const lifetime = 10 * 60_000

/** Nobody needs a key to ask for one, so there are no more than so many. */
const maxLogins = 1000

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (apiKey: Redacted.Redacted, now: () => number): Logins => {
  const logins = new Map<string, Login>()

  const save = (login: Login): Login => {
    logins.set(login.id, login)
    return login
  }

  const find = (id: string): Login | undefined => {
    const login = logins.get(id)
    return login?.status === "PENDING" && login.expiresAt <= now() ? save({ ...login, status: "EXPIRED" }) : login
  }

  return {
    create() {
      const [oldest] = logins.keys()
      if (oldest !== undefined && logins.size >= maxLogins) logins.delete(oldest)
      return save({ id: ids.uuid(), status: "PENDING", expiresAt: now() + lifetime })
    },
    find,
    collect(id) {
      const login = find(id)
      if (login === undefined) return undefined
      if (login.status !== "APPROVED") return { ...login, apiKey: undefined }
      save({ ...login, status: "CONSUMED" })
      return { ...login, apiKey }
    },
    decide(id, decision) {
      const login = find(id)
      return login?.status === "PENDING" ? save({ ...login, status: decision }) : undefined
    }
  }
}
