import { isObject, parsedJson } from '../base/json.ts';
import { answerBody, answerEvents } from './answer.ts';
import { anthropicEvents, anthropicMessage } from './anthropic-answer.ts';
import { converseOfAnthropic } from './anthropic-body.ts';
import type { SimulatedRequest } from './bedrock-simulator.ts';
import { faultAskedFor } from './demo-words.ts';
import { embed, embeddedTokens } from './embeddings.ts';
import type { StreamEvent } from './frames.ts';
import { applyGuardrail } from './guardrail.ts';
import { type Case, refuseUnlawful } from './laws.ts';
import { willThink } from './laws-thinking.ts';
import { serveMantle } from './mantle.ts';
import { answerTo, type Question } from './model.ts';
import { type NamedModel, nameModel } from './model-id.ts';
import { playStream, type Stage } from './play.ts';
import { inputTokens, type PromptMemory } from './prompt-memory.ts';
import { readConverse } from './read-converse.ts';
import { invalid, isRefusal, type Refusal, refusalAnswer } from './refusal.ts';
import type { Step } from './step.ts';
import type { ThoughtBook } from './thought-book.ts';
import { wholeAnswer } from './whole-answer.ts';

/** What one simulator knows and remembers. */
export type Desk = {
  region: string;
  profiles: Readonly<Record<string, string>>;
  paceMs: number;
  script: (request: SimulatedRequest) => readonly Step[] | undefined;
  memory: PromptMemory;
  thoughts: ThoughtBook;
};

const latencyMs = 120;

/** Answers a request whose caller was let in. */
export async function serve(taken: SimulatedRequest, stage: Stage, desk: Desk): Promise<void> {
  switch (taken.operation) {
    case 'Converse':
    case 'ConverseStream':
      return serveConverse(taken, stage, desk);
    case 'InvokeModel':
    case 'InvokeModelWithResponseStream':
      return serveInvoke(taken, stage, desk);
    case 'CountTokens':
      return sendOr(stage, countTokens(taken, desk));
    case 'MantleChat':
      return serveMantle(taken.modelId, taken.body, stage, desk);
    case 'ApplyGuardrail':
      return sendOr(stage, applyGuardrail(taken.body));
    default:
      return sendOr(stage, invalid(`${taken.operation} has no answer here.`));
  }
}

async function serveConverse(taken: SimulatedRequest, stage: Stage, desk: Desk): Promise<void> {
  const streaming = taken.operation === 'ConverseStream';
  const question = questionOf(taken, taken.body, streaming, desk);
  if ('status' in question) return send(stage, question);
  const answer = answerTo(question);
  const events = answerEvents(answer, latencyMs);
  const steps = desk.script(taken) ?? faultAskedFor(question.body, events);
  if (!streaming && !steps) return sendJson(stage, answerBody(answer, latencyMs), {});
  return play(steps ?? [{ do: 'events', events }], stage, streaming);
}

async function serveInvoke(taken: SimulatedRequest, stage: Stage, desk: Desk): Promise<void> {
  const streaming = taken.operation === 'InvokeModelWithResponseStream';
  const embedded = embed(taken.modelId, taken.body);
  if (embedded)
    return isRefusal(embedded)
      ? send(stage, embedded)
      : sendJson(stage, embedded, { 'x-amzn-bedrock-input-token-count': String(embeddedTokens(taken.body)) });
  const named = nameModel(taken.modelId, desk.region, desk.profiles);
  if ('status' in named) return send(stage, named);
  if (named.family.vendor !== 'anthropic')
    return send(
      stage,
      invalid('The demo knows InvokeModel bodies of Claude and of embedding models. Use Converse for this model.'),
    );
  const converse = converseOfAnthropic(taken.body);
  if (isRefusal(converse)) return send(stage, converse);
  const question = questionOf(taken, converse, streaming, desk);
  if ('status' in question)
    return send(stage, {
      ...question,
      message: question.message.replace('The model returned the following errors: ', ''),
    });
  const answer = answerTo(question);
  const messageId = `msg_bdrk_${stage.requestId.replaceAll('-', '').slice(0, 22)}`;
  const steps =
    desk.script(taken) ?? faultAskedFor(question.body, anthropicEvents(answer, messageId, named.bareId, latencyMs));
  if (!streaming && !steps) {
    const { inputTokens: input, outputTokens: output } = answer.usage;
    return sendJson(stage, anthropicMessage(answer, messageId, named.bareId), {
      'x-amzn-bedrock-input-token-count': String(input),
      'x-amzn-bedrock-output-token-count': String(output),
      'x-amzn-bedrock-invocation-latency': String(latencyMs),
    });
  }
  return play(
    steps ?? [{ do: 'events', events: anthropicEvents(answer, messageId, named.bareId, latencyMs) }],
    stage,
    streaming,
  );
}

/** A lawful question to the model, or the refusal. */
function questionOf(taken: SimulatedRequest, body: unknown, streaming: boolean, desk: Desk): Question | Refusal {
  const named = nameModel(taken.modelId, desk.region, desk.profiles);
  if ('status' in named) return named;
  const read = readConverse(body);
  if ('status' in read) return read;
  const { thoughts, memory } = desk;
  const request: Case = {
    body: read.body,
    family: named.family,
    streaming,
    thinks: willThink(read.body, named.family),
    thoughts,
  };
  return refuseUnlawful(request) ?? { ...request, modelId: taken.modelId, memory };
}

function countTokens({ modelId, body }: SimulatedRequest, desk: Desk): Record<string, unknown> | Refusal {
  const named: NamedModel | Refusal = nameModel(modelId, desk.region, {
    ...desk.profiles,
    [modelId]: `global.${modelId}`,
  });
  const unsupported = invalid("The provided model doesn't support counting tokens.");
  if ('status' in named || named.bareId !== modelId || !named.family.countTokens) return unsupported;
  const input = isObject(body) && isObject(body['input']) ? body['input'] : {};
  const { converse, invokeModel } = input;
  const invoke = isObject(invokeModel)
    ? converseOfAnthropic(parsedJson(Buffer.from(String(invokeModel['body']), 'base64').toString()))
    : undefined;
  if (invoke && isRefusal(invoke)) return invoke;
  const read = readConverse(invoke ?? converse);
  if ('status' in read) return read;
  const { thoughts } = desk;
  const refusal = refuseUnlawful({
    body: read.body,
    family: named.family,
    streaming: false,
    thinks: willThink(read.body, named.family),
    thoughts,
  });
  return refusal ?? { inputTokens: inputTokens(read.body) };
}

function play(steps: readonly Step[], stage: Stage, streaming: boolean): Promise<void> {
  if (streaming)
    return playStream(steps, stage, {
      'content-type': 'application/vnd.amazon.eventstream',
      'x-amzn-bedrock-content-type': 'application/json',
    });
  const events: StreamEvent[] = steps.flatMap((step) => (step.do === 'events' ? step.events : []));
  const others = steps.filter((step) => step.do !== 'events');
  const whole: Step[] =
    events.length === 0 ? [] : [{ do: 'bytes', bytes: Buffer.from(JSON.stringify(wholeAnswer(events))) }];
  return playStream([...others.map(asHttp), ...whole], stage, { 'content-type': 'application/json' });
}

/** What has a frame in a stream is an HTTP error without one. */
function asHttp(step: Step): Step {
  if (step.do !== 'exception' && step.do !== 'error') return step;
  const name = step.do === 'exception' ? step.name : step.code;
  const status =
    {
      throttlingException: 429,
      validationException: 400,
      serviceUnavailableException: 503,
      modelStreamErrorException: 424,
    }[name] ?? 500;
  return { do: 'fail', status, type: `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`, message: step.message };
}

const sendOr = (stage: Stage, result: Record<string, unknown> | Refusal): void =>
  isRefusal(result) ? send(stage, result) : sendJson(stage, result, {});

function sendJson({ response, requestId }: Stage, body: unknown, headers: Record<string, string>): void {
  response.writeHead(200, { 'content-type': 'application/json', 'x-amzn-requestid': requestId, ...headers });
  response.end(JSON.stringify(body));
}

function send({ response, requestId }: Stage, refusal: Refusal): void {
  const { headers, body } = refusalAnswer(refusal, requestId);
  response.writeHead(refusal.status, headers).end(body);
}
