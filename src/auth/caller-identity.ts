import { awsDomain } from './aws-domain.ts';
import type { AwsKeys } from './aws-identity.ts';
import { presign } from './presign.ts';

type CallerIdentity = {
  account: string;
  arn: string;
  /** This machine's clock minus AWS's, in milliseconds, as far as a Date header can tell (whole seconds). */
  clockSkewMs: number | undefined;
};

/** Who calls, as STS says, or why that is not known. */
export type CallerAnswer =
  | { ok: true; identity: CallerIdentity }
  | { ok: false; code: string; clockSkewMs: number | undefined };

export type CallerOptions = {
  keys: AwsKeys;
  region: string;
  now: () => number;
  fetch?: typeof fetch;
  endpoint?: string;
};

/** Who these keys are (STS `GetCallerIdentity`, which every identity may call), and how far this clock is off. */
export async function callerIdentity({
  keys,
  region,
  now,
  endpoint,
  ...options
}: CallerOptions): Promise<CallerAnswer> {
  const host = `sts.${region}.${awsDomain(region)}`;
  const query = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
  const url = presign({ method: 'GET', host, service: 'sts', region, query, keys, expiresInS: 60, now: now() });
  const address = endpoint === undefined ? url : url.replace(`https://${host}`, endpoint);
  const response = await (options.fetch ?? fetch)(address, { signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  const theirs = Date.parse(response.headers.get('date') ?? '');
  const clockSkewMs = Number.isNaN(theirs) ? undefined : now() - theirs;
  const account = inside(text, 'Account');
  const arn = inside(text, 'Arn');
  if (response.ok && account !== undefined && arn !== undefined)
    return { ok: true, identity: { account, arn, clockSkewMs } };
  return { ok: false, code: inside(text, 'Code') ?? `http ${response.status}`, clockSkewMs };
}

/** The text of the only element of that name: STS answers in flat XML with nothing to unescape in these. */
const inside = (xml: string, element: string): string | undefined =>
  new RegExp(`<${element}>([\\w:/@+=,. -]{1,512})</${element}>`).exec(xml)?.[1];
