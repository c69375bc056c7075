import { readSignIn } from '../auth/sign-in.ts';
import { ProxyError, toProxyError } from '../base/errors.ts';
import { agoText, spanText } from '../base/span-text.ts';
import type { Loaded } from '../config/load.ts';
import type { ServerNote } from '../config/server-note.ts';
import { identityNow } from './aws.ts';
import { callerRows } from './caller-rows.ts';
import type { CheckRow } from './check-row.ts';
import { searchCredentials } from './found-credentials.ts';
import { useIdentityRoom } from './identity-room.ts';
import { withProxy } from './local-proxy.ts';
import { trialText, tryModel } from './try-model.ts';

/**
 * Credentials, identity, clock and Region. Asks STS who the keys belong to, which costs nothing. Where the server that
 * runs is the demo, nobody needs any of them.
 */
export async function credentialRows(loaded: Loaded, running: ServerNote | undefined): Promise<CheckRow[]> {
  const isDemo = (running?.upstream ?? loaded.settings.upstream) === 'demo';
  if (isDemo) return [{ name: 'credentials', state: 'info', found: demoFound(running) }];
  const now = Date.now();
  const signIn = await readSignIn(loaded.paths.state).catch(toProxyError);
  if (signIn instanceof ProxyError)
    return [{ name: 'credentials', state: 'fail', found: signIn.publicMessage, fix: signIn.facts.fix }];
  const { found, region } = searchCredentials(loaded, signIn, process.env);
  const where: CheckRow =
    region === undefined
      ? { name: 'region', state: 'fail', found: 'none is set', fix: 'claude-bedrock config set aws.region us-east-1' }
      : { name: 'region', state: 'ok', found: `${region.name}   from ${region.from}` };
  if (!found) return [{ name: 'credentials', state: 'fail', found: 'none found', fix: 'claude-bedrock init' }, where];
  const { what, from, endsAt, renew } = found;
  if (endsAt !== undefined && endsAt <= now) {
    const sso = what.endsWith(', SSO');
    const over = `${sso ? 'SSO session expired' : 'sign-in ended'} ${agoText(now - endsAt)} (${what.replace(/, SSO$/, '')}, from ${from})`;
    return [
      {
        name: 'credentials',
        state: 'fail',
        found: over,
        fix: `${renew ?? 'claude-bedrock auth login'}       no restart needed`,
      },
      where,
    ];
  }
  const left = endsAt === undefined ? '' : `   ${spanText(endsAt - now)} left`;
  const credentials: CheckRow = { name: 'credentials', state: 'ok', found: `${what}   from ${from}${left}` };
  return [credentials, ...(await identityRows(loaded, region?.name ?? 'us-east-1')), where];
}

const demoFound = (running: ServerNote | undefined): string =>
  running
    ? 'none needed: the server that runs is the demo (claude-bedrock aws validate checks your own)'
    : 'none needed: the upstream is the demo';

/** Who AWS says that is, and how far the clocks are apart. */
export async function identityRows(loaded: Loaded, region: string): Promise<CheckRow[]> {
  const name = 'identity';
  try {
    const identity = await useIdentityRoom(loaded, identityNow);
    return await callerRows(identity, region);
  } catch (error) {
    if (error instanceof ProxyError)
      return [
        { name, state: 'fail', found: error.publicMessage, fix: error.facts.fix ?? 'claude-bedrock auth status' },
      ];
    const found = `AWS STS could not be asked: ${error instanceof Error ? error.message : String(error)}`;
    return [{ name, state: 'warn', found, fix: 'check the network, HTTPS_PROXY and NO_PROXY' }];
  }
}

/** One short answer of the default model, through the proxy. */
export async function modelRows(loaded: Loaded): Promise<CheckRow[]> {
  const trial = await withProxy(loaded, (proxy) => tryModel(proxy, loaded.settings.models.default));
  const [said = '', fix] = trialText(trial).split(' Fix: ');
  return [{ name: 'model access', state: trial.ok ? 'ok' : 'fail', found: `${trial.model}: ${said}`, fix }];
}
