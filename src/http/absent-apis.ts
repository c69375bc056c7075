/** What OpenAI and Anthropic serve beside the models, and why it is not here; the first that fits counts. */
const absent: readonly { path: RegExp; what: string; fix: string }[] = [
  { path: /^(?:messages\/)?batches/, what: 'Batches do not run here.', fix: 'send each request by itself' },
  { path: /^(?:files|uploads)/, what: 'There is no Files API here.', fix: 'send the bytes in the request, as base64' },
  {
    path: /^(?:conversations|threads|assistants)/,
    what: 'Conversations are not kept here.',
    fix: 'send the messages, or use previous_response_id',
  },
  {
    path: /^responses\/compact$/,
    what: 'Nothing is compacted here.',
    fix: 'send the conversation, or a summary of it',
  },
  {
    path: /^chat\/completions\/./,
    what: 'Chat completions are not stored.',
    fix: 'use /v1/responses for answers that are',
  },
  {
    path: /^(?:images|videos|audio|realtime)(?:\/|$)/,
    what: 'Only text is written here: no images, audio or video.',
    fix: 'use another service for it',
  },
  {
    path: /^(?:vector_stores|moderations|fine_tuning|evals|containers|skills|rerank|fim)(?:\/|$)/,
    what: 'Only the model itself is served here, not the services around it.',
    fix: 'use chat/completions, responses, messages, completions or embeddings',
  },
];

/** Why a path of a known API leads nowhere, and what to do instead. Undefined for any other path. */
export function absentApi(path: string): { what: string; fix: string } | undefined {
  const bare = path.replace(/^(?:\/cursor)?(?:\/v1)?\//, '');
  return absent.find((api) => api.path.test(bare));
}
