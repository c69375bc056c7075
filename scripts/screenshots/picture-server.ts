import { createServer } from 'node:http';
import { systemClock } from '../../src/base/clock.ts';
import { toldAs, uiPage } from '../../src/http/ui-page.ts';
import type { UiState } from '../../src/http/ui-state.ts';
import { historyOf } from '../../src/observe/history.ts';
import { openLedger } from '../../src/observe/ledger.ts';
import { createRecentCalls } from '../../src/observe/recent-calls.ts';
import { buildPage } from '../build-page.ts';
import { believableTraffic } from './believable-traffic.ts';

export type PictureServer = { url: string; close(): void };

/** Serves the real page with a state made of believable traffic, as it would be at `now`. */
export async function startPictureServer(now: number): Promise<PictureServer> {
  const page = toldAs(uiPage(await buildPage()), 'claude-bedrock');
  const state = JSON.stringify(await stateAt(now));
  const server = createServer((request, response) => {
    if (request.url === '/ui') response.writeHead(200, { ...page.headers, 'content-type': 'text/html' }).end(page.html);
    else if (request.url === '/ui/api/state')
      response.writeHead(200, { 'content-type': 'application/json' }).end(state);
    else if (request.url === '/ui/api/events')
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': live\n\n');
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/ui`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function stateAt(now: number): Promise<UiState> {
  const clock = { ...systemClock, now: () => now };
  const book = await openLedger({ file: ':memory:', clock });
  let at = now;
  const recent = createRecentCalls({ now: () => at });
  for (const record of believableTraffic(now)) {
    at = record.at;
    book.add(record);
    recent.write({ type: 'call', record });
  }
  const minutesAgo = (minutes: number) => (at = now - minutes * 60_000);
  minutesAgo(171);
  recent.write({ type: 'authenticated', principalId: 'key_laptop', route: '/v1', ip: '127.0.0.1' });
  minutesAgo(96);
  recent.write({
    type: 'refused',
    requestId: 'req_x',
    code: 'forbidden',
    status: 403,
    route: 'guard',
    ip: '127.0.0.1',
  });
  minutesAgo(41);
  recent.write({ type: 'refresh', provider: 'Identity Center', outcome: 'success', durationMs: 240 });
  minutesAgo(12);
  recent.write({ type: 'budget', scope: 'all', period: 'day', percent: 80, spentUsd: 8.02, limitUsd: 10 });
  recent.began({
    id: 'req_open',
    at: now - 3_400,
    client: 'cursor',
    format: 'openai-chat',
    model: 'bedrock-opus',
    target: 'eu.anthropic.claude-opus-5',
  });
  const history = historyOf(book.database(), now);
  const spentUsd = history.today?.usd ?? 0;
  const monthUsd = history.days
    .filter(({ day }) => day.slice(0, 7) === new Date(now).toISOString().slice(0, 7))
    .reduce((sum, { usd }) => sum + usd, 0);
  const midnight = new Date(now).setHours(24, 0, 0, 0);
  const state: UiState = {
    now,
    startedAt: now - 3.2 * 3_600_000,
    version: '0.1.0',
    upstream: 'bedrock',
    open: recent.open(),
    calls: recent.calls(),
    notices: recent.notices(),
    history,
    pricesAsOf: '2026-11-20',
    credential: { what: 'profile work', state: 'signed-in', region: 'eu-central-1', expiresAt: now + 4.3 * 3_600_000 },
    cache: {
      mode: 'all',
      ttlMs: 300_000,
      entries: 61,
      bytes: 1_482_000,
      maxBytes: 67_108_864,
      hits: 9,
      misses: 188,
      shared: 2,
    },
    limits: [
      { name: 'requestsPerMinute', whose: 'all keys', limit: 60, left: 53.2 },
      { name: 'tokensPerMinute', whose: 'all keys', limit: 400_000, left: 288_400 },
    ],
    budgets: [
      {
        scope: 'all calls',
        period: 'day',
        action: 'notice',
        limitUsd: Math.ceil(spentUsd / 0.84),
        spentUsd,
        resetsAt: midnight,
      },
      {
        scope: 'all calls',
        period: 'month',
        action: 'clamp',
        limitUsd: 250,
        spentUsd: monthUsd,
        resetsAt: midnight + 12 * 86_400_000,
      },
    ],
    tunnel: {
      host: 'calm-otter-12.trycloudflare.com',
      program: 'cloudflared',
      since: now - 11_200_000,
      last: {
        client: 'Cursor/3.17.21',
        at: now - 118_000,
        requests: 71,
        model: 'bedrock-sonnet',
        shape: 'responses',
        tools: 23,
      },
    },
  };
  book.close();
  return state;
}
