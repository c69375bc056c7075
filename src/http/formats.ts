import type { IncomingMessage } from 'node:http';
import { type Once, once } from '../base/once.ts';
import type { WireFormat } from '../wire/format.ts';
import type { Serve } from './serve.ts';

/** A POST route of a wire format. `path` is what follows the base URL. */
export type FormatRoute = {
  path: string;
  /** Also served as `/openai/deployments/{name}{path}`. */
  azure?: true;
  /** Loaded when first used, so that start-up does not pay for schemas; also shapes the route's errors. */
  format: Once<WireFormat<unknown>>;
  /** Absent: the format's requests are answered by way of Converse, see `serve-format.ts`. */
  serve?(): Promise<Serve>;
};

/** The first also shapes the errors of routes that belong to none. */
export type FormatRoutes = readonly [FormatRoute, ...FormatRoute[]];

/** An import that is asked for again still costs a walk through the loader, so each is asked once. */
const openaiChat = once(async () => (await import('../wire/openai-chat/format.ts')).openaiChat);
const openaiResponses = once(async () => (await import('../wire/openai-responses/format.ts')).openaiResponses);
const anthropicMessages = once(
  async (): Promise<WireFormat<unknown>> => (await import('../wire/anthropic-messages/format.ts')).anthropicMessages,
);

/** Every client of the Anthropic API sends its version; no other does. */
export const speaksAnthropic = ({ headers }: IncomingMessage): boolean => headers['anthropic-version'] !== undefined;

/** The dialect of errors that belong to no format's route: whoever speaks Anthropic reads its errors everywhere. */
export const fallbackFormat = (incoming: IncomingMessage, formats: FormatRoutes): Promise<WireFormat<unknown>> =>
  speaksAnthropic(incoming) ? anthropicMessages() : formats[0].format();

/** Every dialect that is spoken here. */
export const formatRoutes: FormatRoutes = [
  { path: '/chat/completions', azure: true, format: openaiChat },
  {
    path: '/responses',
    format: openaiResponses,
    serve: once(async () => (await import('./serve-responses.ts')).serveResponses),
  },
  {
    path: '/responses/input_tokens',
    format: openaiResponses,
    serve: once(async () => (await import('./serve-input-tokens.ts')).serveInputTokens),
  },
  { path: '/messages', format: anthropicMessages },
  {
    path: '/completions',
    format: once(async () => (await import('../wire/openai-completions/format.ts')).openaiCompletions),
  },
  {
    path: '/embeddings',
    azure: true,
    // Embeddings have no stream and no Converse: the format only shapes the errors, which are those of every OpenAI route.
    format: openaiChat,
    serve: once(async () => (await import('./serve-embeddings.ts')).serveEmbeddings),
  },
  {
    path: '/messages/count_tokens',
    format: anthropicMessages,
    serve: once(async () => (await import('./serve-count.ts')).serveCount),
  },
];
