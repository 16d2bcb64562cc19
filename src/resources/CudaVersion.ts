/**
 * CUDA versions a worker's host can have.
 *
 * @since 0.1.0
 */
import * as Order from "effect/Order"
import { oneOf } from "./internal/oneOf.ts"

const versions = {
  V11_8: "11.8",
  V12_0: "12.0",
  V12_1: "12.1",
  V12_2: "12.2",
  V12_3: "12.3",
  V12_4: "12.4",
  V12_5: "12.5",
  V12_6: "12.6",
  V12_7: "12.7",
  V12_8: "12.8",
  V12_9: "12.9",
  V13_0: "13.0"
} as const

/**
 * @since 0.1.0
 * @category models
 */
export type CudaVersion = (typeof versions)[keyof typeof versions]

// the table is not empty
const all = Object.values(versions) as [CudaVersion, ...Array<CudaVersion>]

/**
 * Every version by its enum name; `CudaVersion.all` lists them, the oldest first.
 *
 * @since 0.1.0
 * @category constants
 */
export const CudaVersion: typeof versions & { readonly all: readonly [CudaVersion, ...ReadonlyArray<CudaVersion>] } = {
  ...versions,
  all
}

/**
 * Orders `major.minor` by its numbers: 12.11 is after 12.2. Of any versions, not only of those known here.
 *
 * @since 0.1.0
 * @category instances
 */
export const cudaOrder: Order.Order<string> = Order.mapInput(
  Order.array(Order.number),
  (version: string) => version.split(".").map(Number)
)

/**
 * @since 0.1.0
 * @category schemas
 */
export const CudaVersionSchema = oneOf("a CUDA version", all, versions)
