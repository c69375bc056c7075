import { ProxyError, toProxyError } from '../base/errors.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import { check } from '../converse/check.ts';
import { collect, collector } from '../converse/collect.ts';
import type { Answer, Event, EventStream } from '../converse/events.ts';
import type { ResponseFormat } from '../converse/options.ts';
import { replay } from '../converse/replay.ts';
import type { Message } from '../converse/request.ts';
import { sumUsage, withSpent } from '../converse/usage.ts';
import { type AnswerCheck, answerCheck, finalText, isBinding, type SchemaFault } from '../policy/answer-schema.ts';
import type { Layer } from './layer.ts';

const askedAgain: Change = {
  what: 'answer asked for again',
  why: 'The first answer did not fit the schema; the model was told what was wrong. Both answers count in the usage.',
};

/**
 * Holds finished answers to the JSON that the client asked for. A whole answer that fails is asked for once more with
 * its fault named, then the call fails; of a streamed one, which cannot be taken back, only the polite end is withheld.
 * Throws `upstream_rejected` with the JSON pointer. Calls without a format pass untouched.
 */
export function withSchema(): Layer {
  return (next) => (call) => {
    const { responseFormat } = call.options;
    if (call.native || !isBinding(responseFormat)) return next(call);
    return call.stream ? heldToFormat(next(call), responseFormat) : repaired(next, call, responseFormat);
  };
}

async function* heldToFormat(stream: EventStream, format: ResponseFormat): AsyncGenerator<readonly Event[], void> {
  const loading = answerCheck(format);
  loading.catch(() => undefined); // met below, when the answer is there
  const fold = collector();
  for await (const batch of stream) {
    fold.add(batch);
    const answer = batch.at(-1)?.type === 'end' ? fold.answer() : undefined;
    const fault = answer && faultOf(answer, await loading);
    if (fault) {
      if (batch.length > 1) yield batch.slice(0, -1);
      throw misfit(fault, 'It was streamed already and cannot be taken back: throw it away and ask again.', answer);
    }
    yield batch;
  }
}

async function* repaired(next: Upstream, call: Call, format: ResponseFormat): AsyncGenerator<readonly Event[], void> {
  const [batches, checkAnswer] = await Promise.all([gathered(next(call)), answerCheck(format)]);
  const fold = collector();
  for (const batch of batches) fold.add(batch);
  const answer = fold.answer();
  const fault = answer && faultOf(answer, checkAnswer);
  if (!answer || !fault) {
    yield* batches;
    return;
  }
  const second = await collect(next(asking(call, answer, fault))).catch((thrown: unknown) => {
    throw withSpent(toProxyError(thrown), answer); // the first answer is paid for, whatever became of the second
  });
  const both = withBoth(second, answer);
  const left = faultOf(second, checkAnswer);
  if (left) throw misfit(left, 'The model was asked twice. Make the schema simpler, or take another model.', both);
  yield replay(both);
}

async function gathered(stream: EventStream): Promise<(readonly Event[])[]> {
  const batches: (readonly Event[])[] = [];
  for await (const batch of stream) batches.push(batch);
  return batches;
}

function faultOf(answer: Answer, checkAnswer: AnswerCheck): SchemaFault | undefined {
  const text = finalText(answer);
  return text === undefined ? undefined : checkAnswer(text);
}

/** The same call with the failed answer and a word about its fault behind it. */
function asking(call: Call, answer: Answer, { pointer, why }: SchemaFault): Call {
  const said = finalText(answer) ?? '';
  const where = pointer === '' ? '' : ` at ${pointer}`;
  const text = `That answer does not fit the JSON that was asked for${where}: ${why}. Give the whole answer again, as JSON alone.`;
  const turns: Message[] = [
    ...call.request.messages,
    { role: 'assistant', content: [{ text: said.trimEnd() }] },
    { role: 'user', content: [{ text }] },
  ];
  // The laws of turns hold here too: a blank answer is no turn, and two of one role are one.
  const { request } = check({ ...call.request, messages: turns });
  return { ...call, request, changes: [...call.changes, askedAgain] };
}

/** The last argument is what the model wrote in vain: it is paid for. */
function misfit({ pointer, why }: SchemaFault, then: string, { served, end }: Answer): ProxyError {
  const where = pointer === '' ? '' : ` at ${pointer}`;
  const said = `The model's answer does not fit the JSON that was asked for${where}: ${why}. ${then}`;
  return withSpent(new ProxyError('upstream_rejected', said), { served, end });
}

function withBoth(second: Answer, first: Answer): Answer {
  const { usage } = second.end;
  return usage && first.end.usage
    ? { ...second, end: { ...second.end, usage: sumUsage(usage, first.end.usage) } }
    : second;
}
