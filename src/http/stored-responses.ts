import { ProxyError } from '../base/errors.ts';
import { openaiResponses } from '../wire/openai-responses/format.ts';
import type { StoredResponse } from '../wire/openai-responses/previous.ts';
import { toDeleted, toItemList } from '../wire/openai-responses/stored-items.ts';
import type { AppContext, AppOptions } from './app-env.ts';
import { authenticate } from './authenticate.ts';
import { sendJson } from './send-json.ts';
import { shownText } from './shown-text.ts';

/** What can be done with a response that is kept here. */
export type StoredAct = 'show' | 'delete' | 'cancel' | 'items';

/** GET and DELETE /v1/responses/{id}, POST …/cancel, GET …/input_items. A principal finds only its own responses. */
export async function serveStored(c: AppContext, act: StoredAct, options: AppOptions): Promise<Response> {
  c.set('format', openaiResponses);
  const principal = await authenticate(c.env, options);
  const id = c.req.param('id') ?? '';
  const { responses } = options.services;
  const stored = responses.get(principal.id, id);
  if (!stored) throw unknownResponse(id);
  switch (act) {
    case 'show':
      if (c.req.query('stream') === 'true') throw noReplay();
      return sendJson(c.env, 200, stored.response);
    case 'delete':
      responses.delete(principal.id, id);
      return sendJson(c.env, 200, toDeleted(id));
    case 'cancel':
      throw cannotCancel(stored);
    case 'items': {
      const { after, limit, order } = c.req.query();
      return sendJson(c.env, 200, toItemList(stored, { after, limit, order }));
    }
    default:
      return act satisfies never;
  }
}

function unknownResponse(id: string): ProxyError {
  const what = `Response with id '${shownText(id)}' not found. Responses are kept for a day at most.`;
  return new ProxyError('not_found', what);
}

function noReplay(): ProxyError {
  return new ProxyError('unsupported', 'Only background responses can be streamed again, and none run here.', {
    param: 'stream',
    fix: 'leave stream out: the whole response is here',
  });
}

/** What is stored is finished: nothing runs in the background here. */
function cannotCancel({ id }: StoredResponse): ProxyError {
  return new ProxyError('unsupported', `Response '${id}' is finished; only background responses can be cancelled.`);
}
