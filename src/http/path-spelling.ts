/** Spellings of our paths that need mending; all others are passed on as they are. */
const odd = /\/\/|^(?:\/cursor)?\/v1\/v1(?:[/?]|$)|.\/(?:\?|$)/;

/**
 * A request target as the routes know it. People type base URLs with a slash at the end and with `/v1` where the program
 * adds it by itself, so that requests come to `//chat/completions`, `/v1/v1/messages` or `/v1/models/`.
 */
export function plainTarget(target: string): string {
  if (!odd.test(target)) return target;
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  let plain = path.replaceAll(/\/{2,}/g, '/').replace(/^((?:\/cursor)?\/v1)\/v1(?=\/|$)/, '$1');
  if (plain.length > 1 && plain !== '/ui/') plain = plain.replace(/\/$/, '');
  return query === -1 ? plain : plain + target.slice(query);
}
