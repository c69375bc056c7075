import { type Adaptations, adaptations } from '../adaptations.ts';
import type { FormatContext, Translated } from '../format.ts';
import { requestMetadata } from '../request-metadata.ts';
import { samplingConfig } from '../sampling.ts';
import type { CompletionsRequest } from './schema.ts';

const goOn =
  "Continue the user's text. Reply with the continuation alone: no greeting, no comment, no repetition of the text.";
const fillIn =
  'The user gives the text before and after a gap. Reply with the text that belongs into the gap, and nothing else.';

/** Fields with a wish that Converse has no member for. */
const ignored: readonly (readonly [field: string, isIdle: (value: unknown) => boolean])[] = [
  ['logprobs', (value) => value === 0],
  ['logit_bias', (value) => typeof value === 'object' && value !== null && Object.keys(value).length === 0],
  ['seed', () => false],
  ['frequency_penalty', (value) => value === 0],
  ['presence_penalty', (value) => value === 0],
  ['best_of', (value) => value === 1],
];

/** A prompt as one chat turn, because Bedrock's models answer rather than continue: the system prompt tells them to. */
export function completionsToConverse(request: CompletionsRequest, context: FormatContext): Translated {
  const adapt = adaptations(context.strict);
  adapt.changed(
    'prompt sent as a chat turn',
    'Converse has no plain completions; the model is told to continue the text.',
  );
  reportIgnored(request, adapt);
  const stops = typeof request.stop === 'string' ? [request.stop] : request.stop;
  const inferenceConfig = samplingConfig(
    { maxTokens: request.max_tokens, temperature: request.temperature, topP: request.top_p, stops },
    adapt.changes,
  );
  const metadata = requestMetadata([['user', request.user]], adapt.changes);
  const { prompt, suffix } = request;
  const text = suffix ? `<before>${prompt}</before>\n<after>${suffix}</after>` : prompt;
  return {
    model: request.model,
    stream: request.stream ?? false,
    request: {
      system: [{ text: suffix ? fillIn : goOn }],
      messages: [{ role: 'user', content: [{ text }] }],
      ...(Object.keys(inferenceConfig).length > 0 ? { inferenceConfig } : {}),
      ...(metadata ? { requestMetadata: metadata } : {}),
    },
    options: {},
    changes: adapt.changes,
    choices: request.n ?? 1,
  };
}

function reportIgnored(request: CompletionsRequest, adapt: Adaptations): void {
  for (const [field, isIdle] of ignored) {
    const value: unknown = request[field];
    if (value === null || value === undefined || isIdle(value)) continue;
    adapt.dropped(field, `${field} ignored`, 'Converse has nothing that corresponds to this field.');
  }
}
