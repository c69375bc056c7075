import { isObject, type JsonValue } from '../base/json.ts';
import type { Call, Native } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import { collect } from '../converse/collect.ts';
import type { Answer } from '../converse/events.ts';
import { type EmbeddingCall, embeddingCalls } from '../wire/openai-embeddings/request.ts';
import { readEmbeddings, toEmbeddingList } from '../wire/openai-embeddings/response.ts';
import { type EmbeddingsRequest, parseEmbeddingsRequest } from '../wire/openai-embeddings/schema.ts';
import { tokenDecoder } from '../wire/openai-embeddings/token-decoder.ts';
import { answerHeaders } from './answer-headers.ts';
import { readJsonBody } from './body.ts';
import { abortWhenGone, callsOf, refuseForeignModel } from './calls.ts';
import { sendError } from './on-error.ts';
import { sendJson } from './send-json.ts';
import type { Serve } from './serve.ts';
import { reportFault } from './serve-format.ts';

/** POST /v1/embeddings: one call through the stack, whose upstream asks the model as often as its batches need. */
export const serveEmbeddings: Serve = async (job) => {
  const { exchange, context, services, format } = job;
  const changes: Change[] = [];
  const body = await readJsonBody(exchange.incoming, services.settings.limits, (change) => changes.push(change));
  const request = parseEmbeddingsRequest(body, context);
  const engine = await services.engine();
  const target = engine.embeddings.resolve(request.model);
  refuseForeignModel(job.principal, request.model, target);
  const decode = await tokenDecoder(request);
  const parts = embeddingCalls(request, target.embedding, decode);
  const abort = abortWhenGone(exchange);
  const wanted = translationOf(request, parts, decode, changes);
  const [call] = callsOf({ ...job, format: { name: 'openai-embeddings' } }, wanted, target, abort.signal);
  if (!call) return;
  try {
    const answer = await collect(engine.upstream(call));
    const embedded = parts.map(({ count }, at) => embeddedIn(answer, at, count));
    sendJson(exchange, 200, toEmbeddingList(embedded, request), answerHeaders(exchange.requestId, answer.served));
  } catch (error) {
    abort.abort(error);
    reportFault(error, services.log);
    sendError(exchange, error, { format, flavour: context.flavour });
  }
};

/** The texts stand in the view as one turn, for limits and masks. */
function translationOf(
  request: EmbeddingsRequest,
  parts: readonly EmbeddingCall[],
  decode: (tokens: number[]) => string,
  changes: Change[],
) {
  const native: Native = { dialect: 'embeddings', bodies: parts.map(({ body }) => body) };
  const content = request.inputs.map((input) => ({ text: typeof input === 'string' ? input : decode(input) }));
  const view: Call['request'] = { messages: [{ role: 'user', content }] };
  return { model: request.model, stream: false, request: view, options: {}, changes, choices: 1, native };
}

function embeddedIn({ blocks }: Answer, at: number, count: number) {
  const block = blocks[at];
  const value: Record<string, JsonValue> = block?.kind === 'other' && isObject(block.value) ? block.value : {};
  const tokens = value['tokens'];
  return readEmbeddings(value['body'], count, typeof tokens === 'number' ? tokens : undefined);
}
