import http from 'node:http';

/**
 * Sends `fetch` through `HTTPS_PROXY` where one is set, as everything else of the program goes: the public name may be
 * reachable in no other way. Node has the switch since 24.14; before it `NODE_USE_ENV_PROXY=1` does the same.
 */
export function useProxyOfEnvironment(env: Record<string, string | undefined> = process.env): void {
  if (!(env['HTTPS_PROXY'] || env['https_proxy'])) return;
  const set: unknown = Reflect.get(http, 'setGlobalProxyFromEnv');
  if (typeof set === 'function') set.call(http, env);
}
