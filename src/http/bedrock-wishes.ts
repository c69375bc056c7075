import { ProxyError } from '../base/errors.ts';
import type { Change } from '../converse/changes.ts';
import type { ConverseRequest, GuardrailConfig, ServiceTier } from '../converse/request.ts';
import { requestMetadata } from '../wire/request-metadata.ts';

/** What the settings of this proxy ask of Bedrock for every call. */
export type BedrockWishes = {
  guardrail?: GuardrailConfig;
  serviceTier?: ServiceTier;
  latency?: 'standard' | 'optimized';
  metadata?: Readonly<Record<string, string>>;
};

type HeaderOf = (name: string) => string | undefined;

const tiers = ['default', 'flex', 'priority', 'reserved'] as const;
const latencies = ['standard', 'optimized'] as const;
const traces = ['enabled', 'disabled', 'enabled_full'] as const;

/**
 * Adds what no dialect has a field for: by header for one call, by setting for all. A header wins over the body and the
 * body over the setting, but for the guardrail: one that the settings name cannot be put off by a client.
 * Throws `invalid_request` for a header that Bedrock could not take.
 */
export function withWishes(
  request: ConverseRequest,
  header: HeaderOf,
  settings: BedrockWishes,
): { request: ConverseRequest; changes: Change[] } {
  const changes: Change[] = [];
  const tier = oneOf('x-claude-bedrock-service-tier', tiers, header);
  const latency = oneOf('x-claude-bedrock-latency', latencies, header) ?? settings.latency;
  const guardrail = guardrailOf(header, settings, changes);
  const metadata = metadataOf(request, header, settings, changes);
  const serviceTier = tier ?? request.serviceTier?.type ?? settings.serviceTier;
  if (!serviceTier && !latency && !guardrail && !metadata) return { request, changes };
  const wished: ConverseRequest = {
    ...request,
    ...(serviceTier ? { serviceTier: { type: serviceTier } } : {}),
    ...(latency ? { performanceConfig: { latency } } : {}),
    ...(guardrail ? { guardrailConfig: guardrail } : {}),
    ...(metadata ? { requestMetadata: metadata } : {}),
  };
  return { request: wished, changes };
}

function guardrailOf(header: HeaderOf, settings: BedrockWishes, changes: Change[]): GuardrailConfig | undefined {
  const named = header('x-claude-bedrock-guardrail');
  if (settings.guardrail) {
    if (named !== undefined && named !== spelled(settings.guardrail)) {
      changes.push({ what: 'guardrail header ignored', why: 'The settings of this proxy name the guardrail.' });
    }
    return settings.guardrail;
  }
  if (named === undefined) return undefined;
  // An ARN holds colons too: only what follows the last one and is a version counts as one.
  const match = /^(.+?)(?::(DRAFT|\d{1,8}))?$/.exec(named.trim());
  const id = match?.[1] ?? '';
  if (!/^(?:[a-z0-9]{1,64}|arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d{12}:guardrail\/[a-z0-9]+)$/.test(id)) {
    throw wrong('x-claude-bedrock-guardrail', 'a guardrail’s id or ARN, with :version behind it');
  }
  const trace = oneOf('x-claude-bedrock-guardrail-trace', traces, header);
  return { guardrailIdentifier: id, guardrailVersion: match?.[2] ?? 'DRAFT', ...(trace ? { trace } : {}) };
}

const spelled = ({ guardrailIdentifier: id, guardrailVersion: version }: GuardrailConfig): string => `${id}:${version}`;

/** `team=web, ticket=AB-1`: the pairs of settings, body and header, the later ones winning. */
function metadataOf(
  request: ConverseRequest,
  header: HeaderOf,
  settings: BedrockWishes,
  changes: Change[],
): Record<string, string> | undefined {
  const given = header('x-claude-bedrock-metadata');
  if (given === undefined && !settings.metadata) return undefined;
  const pairs = (given ?? '').split(',').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    if (at < 1 && pair.trim() !== '') throw wrong('x-claude-bedrock-metadata', 'pairs such as team=web, ticket=AB-1');
    return at < 1 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).trim()]];
  });
  const all = { ...settings.metadata, ...request.requestMetadata, ...Object.fromEntries(pairs) };
  return requestMetadata(Object.entries(all), changes);
}

function oneOf<const Word extends string>(name: string, words: readonly Word[], header: HeaderOf): Word | undefined {
  const given = header(name)?.trim().toLowerCase();
  if (given === undefined || given === '') return undefined;
  const word = words.find((candidate) => candidate === given);
  if (word === undefined) throw wrong(name, words.join(', '));
  return word;
}

const wrong = (name: string, right: string): ProxyError =>
  new ProxyError('invalid_request', `The header ${name} takes ${right}.`, { param: name });
