import { bearer } from '../base/bearer.ts';
import type { Clock } from '../base/clock.ts';
import { parsedJson } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import { causeOf, errorIn, textIn } from './proxy-answer.ts';

export type RoundTripOptions = {
  publicUrl: string;
  key: Secret;
  model: string;
  clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** A new name needs some seconds until every resolver knows it; after so many milliseconds it is a failure. */
  patienceMs: number;
  signal?: AbortSignal;
  /** How the public name is reached; a test's own where the name exists nowhere. */
  send?: typeof fetch;
};

/** How the way from the public name to the model and back went. */
export type RoundTrip =
  | { ok: true; ms: number; text: string }
  | { ok: false; step: 'reach' | 'key' | 'closed' | 'answer'; what: string; cause: string; fix: string };

/** What our own checks ask a model. */
export const hello = 'Say hello in one word.';

/** Programs of ours say who they are, so that our own check is not taken for Cursor. */
export const ownUserAgent = 'claude-bedrock-check/1';

const oneTryMs = 10_000;

/**
 * The whole way, as Cursor's servers will go it: the name leads here, nothing but the keyed model routes answers, a
 * wrong key gets nothing, and the model's answer comes back.
 */
export async function roundTrip(options: RoundTripOptions): Promise<RoundTrip> {
  const reached = await reach(options);
  if (reached) return reached;
  return (await closedToOthers(options)) ?? answer(options);
}

/** Asks for the models until the name works or patience ends. */
async function reach({ clock, patienceMs, ...options }: RoundTripOptions): Promise<RoundTrip | undefined> {
  const deadline = clock.monotonic() + patienceMs;
  for (;;) {
    const met = await get(options, '/v1/models', options.key);
    if (met.status === 200) return undefined;
    if (met.status === 401) {
      return {
        ok: false,
        step: 'key',
        what: 'the proxy refuses the key',
        cause: 'the running server has another key than this command',
        fix: 'set CLAUDE_BEDROCK_API_KEY to the server’s key, or stop the server and let cursor install start it',
      };
    }
    if (clock.monotonic() > deadline || options.signal?.aborted) return unreached(options.publicUrl, met);
    await clock.sleep(500, options.signal).catch(() => {});
  }
}

function unreached(publicUrl: string, { status, error }: Met): RoundTrip {
  const cause =
    status === undefined
      ? (error ?? 'no answer')
      : status === 421
        ? 'the tunnel sends another Host header than the public name'
        : `status ${status}: the name leads to something else, or the tunnel has lost this port`;
  return {
    ok: false,
    step: 'reach',
    what: `${publicUrl} does not lead to the proxy`,
    cause,
    fix: 'claude-bedrock cursor install',
  };
}

/** Nobody may get more than a refusal without the key, nor anything of the house but its model routes. */
async function closedToOthers(
  options: Pick<RoundTripOptions, 'publicUrl' | 'key' | 'send'>,
): Promise<RoundTrip | undefined> {
  const [stranger, ...rooms] = await Promise.all([
    get(options, '/v1/models'),
    ...['/livez', '/readyz', '/metrics', '/ui'].map((path) => get(options, path, options.key)),
  ]);
  const open = rooms.some(({ status }) => status === 200);
  if (stranger.status === 401 && !open) return undefined;
  return {
    ok: false,
    step: 'closed',
    what: 'the public name shows more than it should',
    cause: open
      ? 'a page of the proxy itself answers there'
      : `without a key the answer was ${stranger.status}, not 401`,
    fix: 'close the tunnel, and report this with `claude-bedrock version`',
  };
}

async function answer({ publicUrl, key, model, clock, send = fetch }: RoundTripOptions): Promise<RoundTrip> {
  const startedAt = clock.monotonic();
  const failed = (cause: string): RoundTrip => ({
    ok: false,
    step: 'answer',
    what: 'the tunnel works, but the model does not answer',
    cause,
    fix: 'claude-bedrock doctor',
  });
  try {
    const response = await send(`${publicUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        ...bearer(key),
        'content-type': 'application/json',
        'user-agent': ownUserAgent,
      },
      body: JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content: hello }] }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    const body = parsedJson(text);
    const { message = `status ${response.status}` } = errorIn(body);
    if (!response.ok) return failed(String(message));
    return { ok: true, ms: Math.round(clock.monotonic() - startedAt), text: textIn(body).slice(0, 120) };
  } catch (error) {
    return failed(causeOf(error));
  }
}

type Met = { status?: number; error?: string };

async function get(
  { publicUrl, send = fetch }: Pick<RoundTripOptions, 'publicUrl' | 'send'>,
  path: string,
  key?: Secret,
): Promise<Met> {
  const headers = { 'user-agent': ownUserAgent, ...(key && bearer(key)) };
  try {
    const response = await send(`${publicUrl}${path}`, { headers, signal: AbortSignal.timeout(oneTryMs) });
    await response.body?.cancel();
    return { status: response.status };
  } catch (error) {
    return { error: causeOf(error) };
  }
}
