/** What is said of an error that a user can meet. */
export interface Entry {
  /** `FLASH-E101`; never given to another error. */
  readonly code: `FLASH-E${number}`
  /** What happened, in a few words. */
  readonly title: string
  /** How it comes to that. */
  readonly why: string
  /** What to do, one step each. */
  readonly fix: ReadonlyArray<string>
  /** Default: 1. */
  readonly exitCode?: number
}
