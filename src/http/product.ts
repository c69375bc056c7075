/** The program's name as its `User-Agent` begins, e.g. `Cursor/3.17.21` (RFC 9110, section 10.1.5); undefined where it says none. */
export function productOf(userAgent: string | undefined): string | undefined {
  return /^[\w!#$%&'*+.^`|~/-]{1,64}/.exec(userAgent ?? '')?.[0];
}
