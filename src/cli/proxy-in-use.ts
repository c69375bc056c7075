import { bearer } from '../base/bearer.ts';
import { isObject } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import type { Loaded } from '../config/load.ts';
import type { ServerNote } from '../config/server-note.ts';
import { configuredUrl } from '../config/server-url.ts';
import type { OfferedModel, Place } from '../connect/client.ts';
import { ownUserAgent } from '../connect/round-trip.ts';

/** What the proxy offers when it cannot be asked. */
const usualModels: readonly OfferedModel[] = [
  { name: 'bedrock-sonnet', title: 'Claude Sonnet', contextTokens: 200_000, maxOutputTokens: 64_000 },
  { name: 'bedrock-opus', title: 'Claude Opus', contextTokens: 200_000, maxOutputTokens: 64_000 },
  { name: 'bedrock-haiku', title: 'Claude Haiku', contextTokens: 200_000, maxOutputTokens: 64_000 },
];

/** Where clients find the proxy, and its models with their true sizes as far as the running server tells them. */
export async function placeFor(
  loaded: Loaded,
  server: ServerNote | undefined,
  key: Secret | undefined,
): Promise<Place> {
  const { host, port } = loaded.settings.listen;
  const named = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const listen = { ...loaded.settings.listen, host: named, port: port === 0 ? 4141 : port };
  const root = server?.url ?? configuredUrl({ listen });
  const sizes = server && key ? await modelSizes(server.url, key) : new Map<string, Partial<OfferedModel>>();
  return { root, baseUrl: `${root}/v1`, models: usualModels.map((model) => ({ ...model, ...sizes.get(model.name) })) };
}

async function modelSizes(url: string, key: Secret): Promise<Map<string, Partial<OfferedModel>>> {
  const sizes = new Map<string, Partial<OfferedModel>>();
  try {
    const headers = { ...bearer(key), 'user-agent': ownUserAgent };
    const response = await fetch(`${url}/v1/models`, { headers, signal: AbortSignal.timeout(5_000) });
    const body: unknown = await response.json();
    for (const model of isObject(body) && Array.isArray(body['data']) ? body['data'] : []) {
      if (!isObject(model) || typeof model['id'] !== 'string') continue;
      const { id, name, context_length: context, max_output_tokens: output } = model;
      sizes.set(id, {
        ...(typeof name === 'string' && name !== '' ? { title: name } : {}),
        ...(typeof context === 'number' ? { contextTokens: context } : {}),
        ...(typeof output === 'number' ? { maxOutputTokens: output } : {}),
      });
    }
  } catch {
    // The usual sizes serve as well.
  }
  return sizes;
}

/** `http://127.0.0.1:4141` → 4141; a URL leaves out the usual port of its protocol. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
