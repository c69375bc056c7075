import type { ConverseBody } from './converse-body.ts';
import type { StreamEvent } from './frames.ts';
import { lastUserParts } from './prompt.ts';
import type { Step } from './step.ts';

const alone = /^\s*(?:<user_query>\s*)?demo:([a-z-]+)(?:\s*<\/user_query>)?\s*$/;

/** What a person may type to see how the editor takes a fault: `demo:throttle`, alone in a part: Claude Code adds its own. */
export function demoWord(body: ConverseBody): string | undefined {
  return lastUserParts(body)
    .map((text) => alone.exec(text)?.[1])
    .find((word) => word !== undefined);
}

const fail = (status: number, type: string, message: string): Step[] => [{ do: 'fail', status, type, message }];

/** Half of an answer, then something else. */
const midway = (events: readonly StreamEvent[], ...then: Step[]): Step[] => [
  { do: 'events', events: events.slice(0, Math.ceil(events.length / 2)) },
  ...then,
];

const words: Readonly<Record<string, (events: readonly StreamEvent[]) => Step[]>> = {
  throttle: () => fail(429, 'ThrottlingException', 'Too many requests, please wait before trying again.'),
  'daily-quota': () => fail(429, 'ThrottlingException', 'Too many tokens per day, please wait before trying again.'),
  unavailable: () => fail(503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.'),
  broken: () =>
    fail(
      500,
      'InternalServerException',
      'The system encountered an unexpected error during processing. Try your request again.',
    ),
  expired: () => fail(403, 'ExpiredTokenException', 'The security token included in the request is expired'),
  forbidden: () =>
    fail(403, 'AccessDeniedException', "You don't have access to the model with the specified model ID."),
  'too-long': () => fail(400, 'ValidationException', 'Input is too long for requested model.'),
  timeout: () =>
    fail(408, 'ModelTimeoutException', 'Model has timed out in processing the request. Try your request again.'),
  'error-mid-stream': (events) =>
    midway(events, {
      do: 'exception',
      name: 'modelStreamErrorException',
      message: 'The system encountered an unexpected error during processing. Try your request again.',
      more: { originalStatusCode: 500, originalMessage: 'demo' },
    }),
  'throttle-mid-stream': (events) =>
    midway(events, {
      do: 'exception',
      name: 'throttlingException',
      message: 'Too many tokens, please wait before trying again.',
    }),
  'cut-mid-stream': (events) => midway(events),
  'reset-mid-stream': (events) => midway(events, { do: 'reset' }),
  slow: (events) => [{ do: 'events', events, paceMs: 500 }],
  silence: (events) => [
    { do: 'events', events: events.slice(0, 1) },
    { do: 'wait', ms: 20_000 },
    { do: 'events', events: events.slice(1) },
  ],
  guardrail: () => [
    {
      do: 'events',
      events: [
        { messageStart: { role: 'assistant' } },
        {
          contentBlockDelta: {
            contentBlockIndex: 0,
            delta: { text: 'Sorry, the demo guardrail stopped this answer.' },
          },
        },
        { contentBlockStop: { contentBlockIndex: 0 } },
        { messageStop: { stopReason: 'guardrail_intervened' } },
        { metadata: { usage: { inputTokens: 1, outputTokens: 9, totalTokens: 10 }, metrics: { latencyMs: 1 } } },
      ],
    },
  ],
};

/** The steps of the fault that the last user turn asks for, if it asks for one. */
export function faultAskedFor(body: ConverseBody, events: readonly StreamEvent[]): Step[] | undefined {
  const word = demoWord(body);
  return word !== undefined && Object.hasOwn(words, word) ? words[word]?.(events) : undefined;
}
