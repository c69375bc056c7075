import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { ProxyError } from '../base/errors.ts';
import { exactJson, isObject } from '../base/json.ts';
import type { Answered, Connection, Post } from './connection.ts';
import { httpFailure } from './failures.ts';

const mostAnswerBytes = 64 * 1024 * 1024;

/** Posts, and gives the reply when it is a 200 of the type that `post.accept` names; throws what any other one means. */
export async function ask(connection: Pick<Connection, 'post'>, post: Post): Promise<Answered> {
  const reply = await connection.post(post);
  const type = String(reply.headers['content-type'] ?? '');
  if (reply.status === 200 && type.startsWith(post.accept)) return reply;
  const error = httpFailure(reply.status, reply.headers, await errorText(reply, post.signal), reply.where);
  if (error.code === 'sign_in_needed') reply.refuseIdentity();
  throw error;
}

/**
 * The JSON of an answer that came in one piece. Throws `upstream_truncated` for half of one, and what a refusal means that
 * came with status 200: the wrong endpoint answers `{"Output":{"__type":"…#UnknownOperationException"}}`.
 */
export async function replyJson(reply: Answered): Promise<unknown> {
  const text = await replyText(reply);
  const answer = parsePayload(text, exactJson);
  const output = isObject(answer) ? answer['Output'] : undefined;
  if (isObject(output) && '__type' in output) throw httpFailure(reply.status, reply.headers, text, reply.where);
  return answer;
}

/** The JSON of an event or an answer. Throws `upstream_truncated` where it is none. */
export function parsePayload(payload: string, parse: (text: string) => unknown = JSON.parse): unknown {
  try {
    return parse(payload);
  } catch (cause) {
    throw new ProxyError('upstream_truncated', "Bedrock's answer holds an event that is not JSON.", {
      retry: 'once',
      cause,
    });
  }
}

/** Who refuses a large request early may reset the connection behind the refusal: the status then speaks alone. */
async function errorText(reply: Answered, signal: AbortSignal): Promise<string> {
  try {
    return await replyText(reply);
  } catch {
    signal.throwIfAborted();
    return '';
  }
}

/** Bedrock never compresses; what stands before it may, unasked. Nothing for what cannot be decoded. */
function decoded(bytes: Buffer, encoding: string | undefined): string {
  const limits = { maxOutputLength: mostAnswerBytes };
  try {
    if (encoding === 'gzip' || encoding === 'x-gzip') return gunzipSync(bytes, limits).toString('utf8');
    if (encoding === 'br') return brotliDecompressSync(bytes, limits).toString('utf8');
    if (encoding === 'deflate') return inflateSync(bytes, limits).toString('utf8');
  } catch {
    return '';
  }
  return bytes.toString('utf8');
}

/** The whole body as text. Throws `upstream_rejected` beyond the most that is held in memory, and what the connection throws. */
async function replyText(reply: Answered): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for (let batch = await reply.next(); batch; batch = await reply.next()) {
      chunks.push(...batch);
      for (const chunk of batch) size += chunk.length;
      if (size > mostAnswerBytes)
        throw new ProxyError('upstream_rejected', `Bedrock's answer is larger than ${mostAnswerBytes} bytes.`);
    }
  } finally {
    reply.release(false);
  }
  return decoded(Buffer.concat(chunks), reply.headers['content-encoding']);
}
