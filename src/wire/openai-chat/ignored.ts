import type { Change } from '../../converse/changes.ts';
import { unsupported } from '../refuse.ts';
import type { ChatRequest } from './schema.ts';

type Row = {
  why: string;
  /** Whether the value asks for anything; clients send defaults like `frequency_penalty: 0`. */
  asks?: (value: unknown) => boolean;
  /** A hint that leaves the answer as it is: not even strict mode refuses it. */
  hint?: true;
};

const isNotZero = (value: unknown) => value !== 0;
const isTrue = (value: unknown) => value === true;
const isFilled = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length > 0;

/** Published fields that Converse has no member for (case 49). `docs/clients/openai-chat.md` tells the same. */
const rows: ReadonlyMap<string, Row> = new Map(
  Object.entries<Row>({
    seed: { why: 'Converse has no seed.' },
    frequency_penalty: { why: 'Converse has no penalties.', asks: isNotZero },
    presence_penalty: { why: 'Converse has no penalties.', asks: isNotZero },
    logit_bias: { why: 'Converse has no logit bias.', asks: isFilled },
    logprobs: { why: 'Converse gives no log probabilities.', asks: isTrue },
    top_logprobs: { why: 'Converse gives no log probabilities.', asks: isNotZero },
    verbosity: { why: 'Converse has no verbosity; say it in the prompt.', asks: (value) => value !== 'medium' },
    web_search_options: { why: 'Bedrock models do not search the web.' },
    moderation: { why: 'Moderation is a service of OpenAI; use a Bedrock guardrail.' },
    prediction: {
      why: 'Bedrock has no predicted outputs; the answer is the same, only not sped up.',
      hint: true,
    },
    audio: { why: 'The answer is text only.', hint: true },
    store: { why: 'Completions are not stored.', asks: isTrue, hint: true },
    prompt_cache_key: { why: 'Bedrock chooses its prompt cache by the prompt alone.', hint: true },
    prompt_cache_retention: { why: 'Bedrock caches where cache_control says so.', hint: true },
    prompt_cache_options: { why: 'Bedrock caches where cache_control says so.', hint: true },
  }),
);

/** The fields that are ignored whatever the model. */
export const ignoredFields: readonly string[] = [...rows.keys()];

/** Reports what is ignored. In strict mode throws `unsupported` for the first that would have changed the answer. */
export function reportIgnored(request: ChatRequest, strict: boolean, changes: Change[]): void {
  for (const field of Object.keys(request)) {
    const row = rows.get(field);
    const value: unknown = request[field];
    if (!row || value === null || value === undefined || row.asks?.(value) === false) continue;
    const { why, hint } = row;
    if (strict && !hint) throw unsupported(field, `'${field}' cannot be honoured: ${why} Leave it out.`);
    changes.push({ what: `${field} ignored`, why });
  }
}
