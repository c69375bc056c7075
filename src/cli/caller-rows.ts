import type { Identity } from '../auth/aws-identity.ts';
import { callerIdentity } from '../auth/caller-identity.ts';
import type { CheckRow } from './check-row.ts';

/** AWS refuses signatures that are five minutes off; a clock that drifts is told before that. */
const skewWarnMs = 60_000;
const skewFailMs = 240_000;

/**
 * Who AWS says that is, and how far the clocks are apart. Asks STS, which costs nothing; rejects with the network's error
 * when it cannot be asked.
 */
export async function callerRows(identity: Identity, region: string): Promise<CheckRow[]> {
  const name = 'identity';
  if ('token' in identity) return [{ name, state: 'info', found: 'a Bedrock API key tells no name' }];
  const endpoint = process.env['AWS_ENDPOINT_URL_STS'];
  const answer = await callerIdentity({ keys: identity, region, now: () => Date.now(), ...(endpoint && { endpoint }) });
  const clock = clockRow(answer.ok ? answer.identity.clockSkewMs : answer.clockSkewMs);
  const who: CheckRow = answer.ok
    ? { name, state: 'ok', found: answer.identity.arn }
    : { name, state: 'fail', found: `AWS refuses it: ${answer.code}`, fix: 'claude-bedrock auth login' };
  if (!clock) return [who];
  // A clock that is off makes AWS refuse a good identity: it comes first then.
  return clock.state === 'fail' ? [clock, who] : [who, clock];
}

/** Undefined where AWS did not tell the time. */
function clockRow(skewMs: number | undefined): CheckRow | undefined {
  if (skewMs === undefined) return undefined;
  const off = Math.abs(skewMs);
  return {
    name: 'clock',
    state: off > skewFailMs ? 'fail' : off > skewWarnMs ? 'warn' : 'ok',
    found: `${(off / 1_000).toFixed(0)} s ${skewMs < 0 ? 'behind' : 'ahead of'} AWS`,
    fix: 'set the clock of this computer: AWS refuses signatures that are 5 minutes off',
  };
}
