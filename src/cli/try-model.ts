import { bearer } from '../base/bearer.ts';
import { isObject } from '../base/json.ts';
import { causeOf, errorIn, textIn } from '../connect/proxy-answer.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { LocalProxy } from './local-proxy.ts';
import { postChat } from './post-chat.ts';

/** How one tiny request went. */
export type Trial =
  | {
      ok: true;
      model: string;
      /** Another than `model` where nobody has that name. */
      answeredBy: string;
      ms: number;
      text: string;
      inputTokens: number;
      outputTokens: number;
    }
  | { ok: false; model: string; ms: number; status: number; code: string; message: string };

/** A thinking model may need a while; nobody waits longer for a test. */
const patienceMs = 60_000;

/** Asks a model for one short answer through the proxy: socket, key, translation, signature, Bedrock and back. Never throws. */
export async function tryModel(proxy: LocalProxy, model: string, prompt = 'Say hello.'): Promise<Trial> {
  const startedAt = performance.now();
  const ms = () => Math.round(performance.now() - startedAt);
  try {
    const question = { model, max_tokens: 64, messages: [{ role: 'user', content: prompt }] };
    const response = await postChat(proxy, question, {
      headers: { 'cache-control': 'no-store, no-cache' },
      signal: AbortSignal.timeout(patienceMs),
    });
    const body: unknown = JSON.parse(await response.text());
    return response.ok
      ? served(model, ms(), body, standIn(response.headers) ?? model)
      : refused(model, ms(), response.status, body);
  } catch (error) {
    return { ok: false, model, ms: ms(), status: 0, code: 'unreachable', message: causeOf(error) };
  }
}

/** Who answered for a name that the proxy does not know, as it tells in its changes. */
const standIn = (headers: Headers): string | undefined =>
  /model answered by ([^,;]+)/.exec(headers.get('x-claude-bedrock-changes') ?? '')?.[1];

function served(model: string, ms: number, body: unknown, answeredBy: string): Trial {
  const { usage } = isObject(body) ? body : {};
  const tokens = isObject(usage) ? usage : {};
  return {
    ok: true,
    model,
    answeredBy,
    ms,
    text: textIn(body),
    inputTokens: Number(tokens['prompt_tokens'] ?? 0),
    outputTokens: Number(tokens['completion_tokens'] ?? 0),
  };
}

function refused(model: string, ms: number, status: number, body: unknown): Trial {
  const error = errorIn(body);
  return {
    ok: false,
    model,
    ms,
    status,
    code: String(error['code'] ?? error['type'] ?? `http ${status}`),
    message: String(error['message'] ?? `the proxy answered ${status}`),
  };
}

/** The exit code that a failed trial stands for. */
export function exitOfTrial(trial: Trial): ExitCode {
  if (trial.ok) return exitCodes.ok;
  if (trial.code === 'sign_in_needed' || trial.status === 401) return exitCodes.signInNeeded;
  return trial.status === 0 || trial.status === 500 ? exitCodes.failed : exitCodes.upstreamRefused;
}

/** `200 in 1.2 s   11 in / 4 out`, or what went wrong. */
export function trialText(trial: Trial): string {
  const took = trial.ms < 1_000 ? `${trial.ms} ms` : `${(trial.ms / 1_000).toFixed(1)} s`;
  if (!trial.ok) return trial.message;
  const stood = trial.answeredBy === trial.model ? '' : `   by ${trial.answeredBy}: no model has that name`;
  return `200 in ${took}   ${trial.inputTokens} in / ${trial.outputTokens} out${stood}`;
}

/** US dollars of all calls of this proxy by Bedrock's model id, where a price is known; empty when it does not say. */
export async function costSoFar({ url, key }: LocalProxy): Promise<ReadonlyMap<string, number>> {
  try {
    const response = await fetch(`${url}/metrics`, { headers: bearer(key) });
    const samples = (await response.text()).matchAll(/^claude_bedrock_cost_usd_total\{[^}]*="([^"]*)"\} (\S+)/gm);
    return new Map([...samples].map(([, model = '', value]) => [model, Number(value)]));
  } catch {
    return new Map();
  }
}

/** What a name stands for at Bedrock. */
export type Dialled = { model: string; target: string; region: string };

/** Asks the proxy what it would dial for this name; undefined when it does not say. */
export async function dialledFor({ url, key }: LocalProxy, name: string): Promise<Dialled | undefined> {
  try {
    const headers = bearer(key);
    const response = await fetch(`${url}/v1/models/${name}`, { headers, signal: AbortSignal.timeout(10_000) });
    const body: unknown = await response.json();
    const { model, target, region } = isObject(body) && isObject(body['bedrock']) ? body['bedrock'] : {};
    return typeof model === 'string' && typeof target === 'string' && typeof region === 'string'
      ? { model, target, region }
      : undefined;
  } catch {
    return undefined;
  }
}
