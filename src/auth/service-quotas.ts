import { isObject } from '../base/json.ts';
import { awsDomain } from './aws-domain.ts';
import type { Identity } from './aws-identity.ts';
import { signedPost } from './signed-post.ts';

/** One limit of the account, as Service Quotas names it. */
export type ServiceQuota = { code: string; name: string; value: number; adjustable: boolean };

/** `ok: false`: AWS would not say, with its error code, e.g. `AccessDeniedException`. */
export type QuotasAnswer = { ok: true; quotas: ServiceQuota[] } | { ok: false; code: string };

export type QuotasOptions = {
  identity: Identity;
  region: string;
  now: () => number;
  /** In place of AWS's own address. */
  endpoint?: string | undefined;
};

const mostPages = 50;

/** Bedrock's limits that this account has in a Region (Service Quotas `ListServiceQuotas`). Rejects when nobody answers. */
export async function bedrockQuotas(options: QuotasOptions): Promise<QuotasAnswer> {
  const quotas: ServiceQuota[] = [];
  let next: unknown;
  for (let page = 0; page < mostPages; page++) {
    const answer = await listPage(options, next);
    if ('code' in answer) return { ok: false, code: answer.code };
    const { Quotas: found, NextToken } = answer.value;
    if (Array.isArray(found)) quotas.push(...found.flatMap(quotaOf));
    if (typeof NextToken !== 'string' || NextToken === '') break;
    next = NextToken;
  }
  return { ok: true, quotas };
}

async function listPage(
  { identity, region, now, endpoint }: QuotasOptions,
  next: unknown,
): Promise<{ value: Record<string, unknown> } | { code: string }> {
  // Bedrock API keys open Bedrock and nothing else.
  if ('token' in identity) return { code: 'a Bedrock API key opens no other service' };
  const host = `servicequotas.${region}.${awsDomain(region)}`;
  const target = 'ServiceQuotasV20190624.ListServiceQuotas';
  const body = JSON.stringify({
    ServiceCode: 'bedrock',
    MaxResults: 100,
    ...(next !== undefined && { NextToken: next }),
  });
  const call = { host, service: 'servicequotas', region, target, body, keys: identity, now: now() };
  const { host: _, ...headers } = signedPost(call);
  const response = await fetch(endpoint ?? `https://${host}/`, {
    method: 'POST',
    headers,
    body,
    signal: AbortSignal.timeout(10_000),
  });
  const value: unknown = await response.json().catch(() => undefined);
  if (response.ok && isObject(value)) return { value };
  const named = isObject(value) && typeof value['__type'] === 'string' ? value['__type'] : '';
  const code = (response.headers.get('x-amzn-errortype') ?? named).split(':')[0]?.split('#').at(-1) ?? '';
  return { code: /^\w{1,64}$/.test(code) ? code : `http ${response.status}` };
}

function quotaOf(row: unknown): ServiceQuota[] {
  if (!isObject(row)) return [];
  const { QuotaCode: code, QuotaName: name, Value: value, Adjustable: adjustable } = row;
  if (typeof code !== 'string' || typeof name !== 'string' || typeof value !== 'number') return [];
  return [{ code, name, value, adjustable: adjustable === true }];
}
