import { type IgnoredField, type IgnoredFields, isFilled, isNotZero } from '../ignored-fields.ts';

/** Published fields that Converse has no member for. `docs/clients/openai-responses.md` tells the same. */
export const ignoredFields: IgnoredFields = new Map(
  Object.entries<IgnoredField>({
    presence_penalty: { why: 'Converse has no penalties.', asks: isNotZero },
    frequency_penalty: { why: 'Converse has no penalties.', asks: isNotZero },
    top_logprobs: { why: 'Converse gives no log probabilities.', asks: isNotZero },
    truncation: {
      why: 'The conversation is sent whole; nothing is cut out of it.',
      asks: (value) => value !== 'disabled',
    },
    context_management: { why: 'The conversation is sent whole; nothing is compacted.', asks: isFilled },
    moderation: { why: 'Moderation is a service of OpenAI; use a Bedrock guardrail.' },
    access_programs: { why: 'They are programs of OpenAI.' },
    image: { why: 'Bedrock decides how an image is scaled.', hint: true },
    prompt_cache_key: { why: 'Bedrock chooses its prompt cache by the prompt alone.', hint: true },
    prompt_cache_retention: { why: 'Bedrock caches where cache_control says so.', hint: true },
    prompt_cache_options: { why: 'Bedrock caches where cache_control says so.', hint: true },
  }),
);
