import type { Rehearsal, UiState } from '../http/ui-state.ts';
import { door, hear, live, rehearsals, spoken, take } from './store.ts';

/** Signs in with the link in the address, if there is one, then keeps the page in step with the server. */
export async function start(): Promise<void> {
  const link = /^#link=([\w-]+)$/.exec(location.hash)?.[1];
  if (link !== undefined) {
    // The link is used up by now; it should not stay in the history.
    history.replaceState(null, '', '/ui');
    const response = await post('/ui/session', { link }).catch(() => undefined);
    if (response && !response.ok) door.value = { is: 'shut', why: await messageOf(response) };
    if (response && !response.ok) return;
    // News of another session must not go on here.
    source?.close();
  }
  await keepUp();
}

/** Asks for the whole state, and listens to news where nothing does: the proxy was away, or it refused the stream. */
export async function keepUp(): Promise<void> {
  await refresh();
  if (door.value.is === 'open' && (!source || source.readyState === EventSource.CLOSED)) listen();
}

/** Asks for the whole state. */
async function refresh(): Promise<void> {
  try {
    const response = await fetch('/ui/api/state', { headers: { accept: 'application/json' } });
    if (response.status === 401) shut('');
    else if (response.ok) take((await response.json()) as UiState); // Both ends are built from the same type.
  } catch {
    // The proxy is down; the event stream tries again and so do we.
    if (door.value.is === 'opening') shut('The proxy does not answer.');
  }
}

/** Why it was shut first stays to be read. */
function shut(why: string): void {
  if (door.value.is !== 'shut') door.value = { is: 'shut', why };
}

let source: EventSource | undefined;

function listen(): void {
  const events = new EventSource('/ui/api/events');
  source = events;
  events.onopen = () => {
    live.value = true;
    // What happened between the state and this moment, or while the line was down.
    void refresh();
  };
  events.onerror = () => {
    live.value = false;
    // A refusal ends an EventSource for good; everything else it mends itself.
    if (events.readyState === EventSource.CLOSED) void refresh();
  };
  events.addEventListener('behind', () => void refresh());
  for (const type of ['began', 'ended', 'notice'] as const) {
    events.addEventListener(type, ({ data }) => {
      const news = JSON.parse(String(data));
      if (hear(news)) refreshSoon();
      if (news.type === 'ended') speak();
    });
  }
}

const refreshAfterMs = 1_500;
let refreshComes = false;

/** Sums, budgets and charts of days come from the server; one request for many rows. */
function refreshSoon(): void {
  if (refreshComes) return;
  refreshComes = true;
  setTimeout(() => {
    refreshComes = false;
    void refresh();
  }, refreshAfterMs);
}

const speakAfterMs = 3_000;
let unspoken = 0;

/** A busy proxy must not talk without end. */
function speak(): void {
  if (unspoken++ > 0) return;
  setTimeout(() => {
    spoken.value = unspoken === 1 ? 'One new request.' : `${unspoken} new requests.`;
    unspoken = 0;
  }, speakAfterMs);
}

/** Ends the session, here and at the proxy. */
export async function signOut(): Promise<void> {
  source?.close();
  live.value = false;
  await fetch('/ui/session', { method: 'DELETE' }).catch(() => undefined);
  door.value = { is: 'shut', why: 'You are signed out.' };
}

/** Sends a canned request of this call's shape to the simulator. */
export async function replay(id: string): Promise<void> {
  const tell = (outcome: 'running' | Rehearsal | { error: string }) => {
    rehearsals.value = new Map([...rehearsals.value, [id, outcome]]);
  };
  tell('running');
  try {
    const response = await post('/ui/api/replay', { id });
    tell(response.ok ? ((await response.json()) as Rehearsal) : { error: await messageOf(response) });
  } catch {
    tell({ error: 'The proxy does not answer.' });
  }
}

function post(path: string, body: object): Promise<Response> {
  return fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function messageOf(response: Response): Promise<string> {
  const body = await response.json().catch(() => undefined);
  return String(body?.error?.message ?? `The proxy answered ${response.status}.`);
}
