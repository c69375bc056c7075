import { bearer } from '../base/bearer.ts';
import { parsedJson } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import type { Client } from './client.ts';
import { causeOf, errorIn } from './proxy-answer.ts';
import { hello, ownUserAgent } from './round-trip.ts';

/** How a first request with the new settings went. */
export type Proof = { ok: true; ms: number } | { ok: false; status?: number; cause: string };

/** One request in the client's own dialect, as the client itself would send it. */
export async function proveClient(
  { dialect }: Pick<Client, 'dialect'>,
  { root, key, model }: { root: string; key: Secret; model: string },
): Promise<Proof> {
  const startedAt = performance.now();
  const { path, body } = requests[dialect](model);
  try {
    const response = await fetch(`${root}${path}`, {
      method: 'POST',
      headers: {
        ...bearer(key),
        'content-type': 'application/json',
        'user-agent': ownUserAgent,
        ...(dialect === 'messages' ? { 'anthropic-version': '2023-06-01' } : {}),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    if (response.ok) return { ok: true, ms: Math.round(performance.now() - startedAt) };
    const { message } = errorIn(parsedJson(text));
    const cause = typeof message === 'string' ? message : text.slice(0, 200);
    return { ok: false, status: response.status, cause };
  } catch (error) {
    return { ok: false, cause: causeOf(error) };
  }
}

const requests = {
  chat: (model: string) => ({
    path: '/v1/chat/completions',
    body: { model, max_tokens: 64, messages: [{ role: 'user', content: hello }] },
  }),
  responses: (model: string) => ({
    path: '/v1/responses',
    body: { model, max_output_tokens: 64, input: hello, store: false },
  }),
  messages: (model: string) => ({
    path: '/v1/messages',
    body: { model, max_tokens: 64, messages: [{ role: 'user', content: hello }] },
  }),
};
