import type { ServerResponse } from 'node:http';
import { ProxyError } from '../base/errors.ts';
import { sseComment, sseEvent } from '../base/sse.ts';
import type { News } from '../observe/recent-calls.ts';

/** The pages that look on. */
export type UiStreams = {
  /** Sends news until the browser leaves, the session ends or the program stops. Throws `limited` when too many are open. */
  open(outgoing: ServerResponse, headers: Record<string, string>, session: AbortSignal): void;
  /** Ends them all. */
  close(): void;
};

export type UiStreamOptions = {
  subscribe: (listener: (news: News) => void) => () => void;
  /** Takes secrets out of a finished text. */
  scrub: (text: string) => string;
  heartbeatMs?: number;
};

/** A person has a few tabs open, not dozens. */
const mostStreams = 8;

/**
 * The live half of the dashboard. A browser that reads slowly is not waited for and nothing is kept for it: it misses
 * news, and is told `behind` once it caught up, whereupon it asks for the whole state.
 */
export function uiStreams({ subscribe, scrub, heartbeatMs = 15_000 }: UiStreamOptions): UiStreams {
  const streams = new Set<ServerResponse>();
  return {
    open(outgoing, headers, session) {
      if (streams.size >= mostStreams) {
        throw new ProxyError('limited', `${mostStreams} dashboards are open already. Close one.`, {
          retryAfterMs: 5_000,
        });
      }
      let behind = false;
      const send = (text: string): void => {
        if (outgoing.writableNeedDrain) behind = true;
        else outgoing.write(text);
      };
      outgoing.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' });
      outgoing.write(sseComment('live'));
      const unsubscribe = subscribe((news) => send(sseEvent(news.type, scrub(JSON.stringify(news)))));
      const heartbeat = setInterval(() => send(sseComment('still here')), heartbeatMs);
      const end = (): void => void outgoing.end();
      outgoing.on('drain', () => {
        if (!behind) return;
        behind = false;
        send(sseEvent('behind', '{}'));
      });
      session.addEventListener('abort', end);
      streams.add(outgoing);
      outgoing.once('close', () => {
        clearInterval(heartbeat);
        unsubscribe();
        session.removeEventListener('abort', end);
        streams.delete(outgoing);
      });
    },
    close() {
      for (const outgoing of streams) outgoing.end();
    },
  };
}
