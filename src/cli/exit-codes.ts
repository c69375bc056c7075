/** What the process says to scripts; see `docs/errors.md`. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  badConfig: 3,
  signInNeeded: 4,
  upstreamRefused: 5,
  interrupted: 130,
} as const;

/** One of them. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
