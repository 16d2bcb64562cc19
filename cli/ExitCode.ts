/** Exit codes that mean the same in every command. */
export const ExitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** No API key, or one that is refused. */
  auth: 3,
  /** What was named is not there. */
  notFound: 4,
  /** Some of it was done, and some failed. */
  partial: 5,
  /** 128 + SIGINT, as shells report it. */
  interrupted: 130
} as const
