import { describeSignIn, readSignIn } from '../auth/sign-in.ts';
import type { Clock } from '../base/clock.ts';
import { toProxyError } from '../base/errors.ts';
import { checkProof } from '../config/local-proof.ts';
import type { Settings } from '../config/schema.ts';
import { type LastSeen, readLastSeen } from '../config/sightings.ts';
import { readTunnelNote } from '../config/tunnel-note.ts';
import type { FailedKeys } from '../http/failed-keys.ts';
import type { FormatRoutes } from '../http/formats.ts';
import type { KeyRing } from '../http/key-ring.ts';
import type { Engine } from '../http/serve.ts';
import { createUi, type Ui } from '../http/ui.ts';
import { readUiPage, toldAs, type UiPage } from '../http/ui-page.ts';
import { rehearse } from '../http/ui-rehearsal.ts';
import { createUiSessions } from '../http/ui-sessions.ts';
import type { CredentialState, TunnelSighting, TunnelState, UiState } from '../http/ui-state.ts';
import { historyOf } from '../observe/history.ts';
import type { RecentCalls } from '../observe/recent-calls.ts';
import type { Recorder } from '../observe/recorder.ts';
import type { Scrubber } from '../observe/scrub.ts';
import type { Policies } from '../proxy/policies.ts';
import { priceTableDate } from './catalogues.ts';

export type DashboardParts = {
  /** As they are now: some change while we run. */
  settings: () => Settings;
  version: string;
  /** The state folder; without one only an admin key gets a link. */
  state: string | undefined;
  clock: Clock;
  recorder: Recorder;
  scrubber: Scrubber;
  recent: RecentCalls;
  keys: KeyRing;
  failedKeys: FailedKeys;
  formats: FormatRoutes;
  policies: () => Promise<Policies>;
  /** Throws `sign_in_needed`. */
  identity: () => Promise<{ region: string; expiresAt?: number }>;
  /** A stack above the simulator, for rehearsals. */
  rehearsal: () => Promise<Engine>;
  startedAt: number;
  tunnel: () => { host: string | undefined; lastSeenAt: number | undefined };
  /** Absent: the built file. */
  page?: (() => Promise<UiPage>) | undefined;
  /** Turns the commands in our words into those that work for this person. */
  asTyped?: ((text: string) => string) | undefined;
};

/** The dashboard of the running program. */
export function createDashboard(parts: DashboardParts): Ui {
  const { state, clock, recent, keys, failedKeys, scrubber, recorder, formats, asTyped = (text) => text } = parts;
  const command = asTyped('claude-bedrock ui').replace(/ ui$/, '');
  return createUi({
    page: async () => toldAs(await (parts.page ?? readUiPage)(), command),
    sessions: createUiSessions(clock),
    keys,
    failedKeys,
    isLocalProof: async (proof) => state !== undefined && checkProof(state, proof, clock.now()),
    state: () => stateOf(parts),
    recent,
    replay: (row) => rehearse(row, { formats, engine: parts.rehearsal, clock }),
    scrub: scrubber.scrub,
    log: recorder,
  });
}

async function stateOf(parts: DashboardParts): Promise<UiState> {
  const { clock, recent, recorder } = parts;
  const settings = parts.settings();
  const [policies, book, credential] = await Promise.all([parts.policies(), recorder.ledger(), credentialOf(parts)]);
  const { entries, bytes, maxBytes, hits, misses, shared } = policies.cache.stats();
  const { host, lastSeenAt } = parts.tunnel();
  return {
    now: clock.now(),
    startedAt: parts.startedAt,
    version: parts.version,
    upstream: settings.upstream,
    open: recent.open(),
    calls: recent.calls(),
    notices: recent.notices(),
    history: historyOf(book.database(), clock.now()),
    pricesAsOf: await priceTableDate(),
    ...(credential && { credential }),
    cache: {
      mode: settings.cache.mode,
      ttlMs: settings.cache.seconds * 1000,
      ...{ entries, bytes, maxBytes, hits, misses, shared },
    },
    limits: policies.limits.state(),
    budgets: policies.budgets.state().map(({ rule, spentUsd, resetsAt }) => ({
      scope: rule.keyId ?? rule.modelId ?? 'all calls',
      period: rule.period,
      action: rule.action,
      limitUsd: rule.limitUsd,
      spentUsd,
      resetsAt,
    })),
    tunnel: {
      ...(host !== undefined && { host }),
      ...(lastSeenAt !== undefined && { lastSeenAt }),
      ...tunnelFacts(parts.state, host),
    },
  };
}

/** What `cursor install` and the server have noted of the tunnel, for a person who wonders whether Cursor gets through. */
function tunnelFacts(state: string | undefined, host: string | undefined): Omit<TunnelState, 'host' | 'lastSeenAt'> {
  if (state === undefined || host === undefined) return {};
  const note = readTunnelNote(state);
  const last = readLastSeen(state).find(({ through }) => through === 'tunnel');
  return {
    ...(note && { program: note.program, since: note.since }),
    ...(last && { last: sightingOf(last) }),
  };
}

const sightingOf = ({ client, at, requests, model, shape, tools, refused }: LastSeen): TunnelSighting => ({
  ...{ client, at, requests },
  ...(model !== undefined && { model }),
  ...(shape !== undefined && { shape }),
  ...(tools !== undefined && { tools }),
  ...(refused !== undefined && { refused }),
});

/** Asking an identity provider may take long; the page must not wait for it. */
const credentialWaitMs = 1_500;

async function credentialOf(parts: DashboardParts): Promise<CredentialState | undefined> {
  const { identity, clock, asTyped = (text) => text } = parts;
  const what = await signInWords(parts);
  const asked = identity().then(
    ({ region, expiresAt }): CredentialState => ({
      what,
      state: 'signed-in',
      region,
      ...(expiresAt !== undefined && { expiresAt }),
    }),
    (thrown: unknown): CredentialState => {
      const { facts } = toProxyError(thrown);
      return { what, state: 'signed-out', ...(facts.fix !== undefined && { fix: asTyped(facts.fix) }) };
    },
  );
  return Promise.race([asked, clock.sleep(credentialWaitMs).then(() => undefined)]);
}

async function signInWords({ settings, state }: DashboardParts): Promise<string> {
  const { upstream, aws } = settings();
  if (upstream === 'demo') return 'simulated account';
  if (aws.profile !== undefined) return `profile ${aws.profile}`;
  if (state === undefined) return 'AWS’s own settings';
  try {
    return describeSignIn(await readSignIn(state));
  } catch {
    return 'a sign-in that cannot be read';
  }
}
