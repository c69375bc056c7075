import { type IgnoredField, type IgnoredFields, isFilled, isNotZero, isTrue } from '../ignored-fields.ts';

/** Published fields that Converse has no member for (case 49). `docs/clients/openai-chat.md` tells the same. */
export const ignoredFields: IgnoredFields = new Map(
  Object.entries<IgnoredField>({
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
