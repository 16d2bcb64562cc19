/**
 * Ids of instances that nobody chose one for.
 *
 * @since 0.1.0
 */
import { createHash, randomUUID } from "node:crypto"
import type * as Codec from "../protocol/Codec.ts"

/**
 * The instance that all share who give a class the same constructor arguments, here or in another program. `args` are
 * encoded by the constructor's schema; throws where they cannot be carried.
 *
 * @since 0.1.0
 * @category constructors
 */
export const shared = (className: string, args: unknown, codec: Codec.Codec): string => {
  const hash = createHash("sha256").update(String(codec.encode("msgpack", args))).digest("hex")
  return `${className}_${hash.slice(0, 16)}`
}

/**
 * An instance of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fresh = (className: string): string => `${className}_${randomUUID().slice(0, 8)}`
