import type { Change } from '../../converse/changes.ts';
import { converseRequest } from '../converse-request.ts';
import type { FormatContext, Translated } from '../format.ts';
import { type IgnoredField, type IgnoredFields, isFilled, isNotZero, reportIgnored } from '../ignored-fields.ts';
import { requestMetadata } from '../request-metadata.ts';
import { samplingConfig } from '../sampling.ts';
import type { CompletionsRequest } from './schema.ts';

const goOn =
  "Continue the user's text. Reply with the continuation alone: no greeting, no comment, no repetition of the text.";
const fillIn =
  'The user gives the text before and after a gap. Reply with the text that belongs into the gap, and nothing else.';

const ignoredFields: IgnoredFields = new Map(
  Object.entries<IgnoredField>({
    logprobs: { why: 'Converse gives no log probabilities.', asks: isNotZero },
    logit_bias: { why: 'Converse has no logit bias.', asks: isFilled },
    seed: { why: 'Converse has no seed.' },
    frequency_penalty: { why: 'Converse has no penalties.', asks: isNotZero },
    presence_penalty: { why: 'Converse has no penalties.', asks: isNotZero },
    best_of: { why: 'Every answer that was made is given.', asks: (value) => value !== 1 },
  }),
);

/** A prompt as one chat turn, because Bedrock's models answer rather than continue: the system prompt tells them to. */
export function completionsToConverse(request: CompletionsRequest, context: FormatContext): Translated {
  const why = 'Converse has no plain completions; the model is told to continue the text.';
  const changes: Change[] = [{ what: 'prompt sent as a chat turn', why }];
  reportIgnored(ignoredFields, request, context.strict, changes);
  const stops = typeof request.stop === 'string' ? [request.stop] : request.stop;
  const inference = samplingConfig(
    { maxTokens: request.max_tokens, temperature: request.temperature, topP: request.top_p, stops },
    changes,
  );
  const metadata = requestMetadata([['user', request.user]], changes);
  const { prompt, suffix } = request;
  const text = suffix ? `<before>${prompt}</before>\n<after>${suffix}</after>` : prompt;
  return {
    model: request.model,
    stream: request.stream ?? false,
    request: converseRequest({
      system: [{ text: suffix ? fillIn : goOn }],
      messages: [{ role: 'user', content: [{ text }] }],
      inference,
      metadata,
    }),
    options: {},
    changes,
    choices: request.n ?? 1,
  };
}
