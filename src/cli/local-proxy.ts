import { bearer } from '../base/bearer.ts';
import type { Secret } from '../base/secret.ts';
import { compose } from '../compose.ts';
import type { Loaded } from '../config/load.ts';
import { answeringServer } from './answering-server.ts';
import { keyForRun, ownKey } from './own-key.ts';
import { version } from './package-version.ts';

/** A proxy to send requests to: the one that runs, or one that lives as long as the command. */
export type LocalProxy = { url: string; key: Secret; borrowed: boolean };

/** Works with the running proxy where its key is known, else with one of its own on a free port, which is closed afterwards. */
export async function withProxy<T>(loaded: Loaded, work: (proxy: LocalProxy) => Promise<T>): Promise<T> {
  const note = await answeringServer(loaded);
  // A vault that cannot be opened is no reason not to answer: the command then starts a proxy of its own.
  const key = note && (await ownKey(loaded).catch(() => undefined));
  if (note && key && (await opens(note.url, key))) return work({ url: note.url, key, borrowed: true });
  // Beside a running demo nobody needs an AWS account, whatever the settings say.
  const settings = note?.upstream === 'demo' ? { ...loaded.settings, upstream: 'demo' as const } : loaded.settings;
  return withOwnProxy({ ...loaded, settings }, work);
}

/** Starts a proxy for this command alone, on a free port, and closes it when the work is over. */
export async function withOwnProxy<T>(loaded: Loaded, work: (proxy: LocalProxy) => Promise<T>): Promise<T> {
  const key = keyForRun();
  const { settings, paths } = loaded;
  const composition = compose({
    settings: {
      ...settings,
      listen: { ...settings.listen, host: '127.0.0.1', port: 0, socket: undefined },
      log: { ...settings.log, level: 'silent' },
      timeouts: { ...settings.timeouts, drain: 0.1 },
    },
    apiKey: key,
    state: paths.state,
    version,
    announced: false,
  });
  try {
    const { url } = await composition.listen();
    return await work({ url, key, borrowed: false });
  } finally {
    await composition.close('done');
  }
}

/** A key from the vault may belong to another server's folder. */
async function opens(url: string, key: Secret): Promise<boolean> {
  const response = await fetch(`${url}/v1/models`, {
    headers: bearer(key),
    signal: AbortSignal.timeout(5_000),
  }).catch(() => undefined);
  await response?.body?.cancel();
  return response !== undefined && response.status !== 401;
}
