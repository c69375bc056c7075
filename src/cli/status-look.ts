import { readSignIn } from '../auth/sign-in.ts';
import { toProxyError } from '../base/errors.ts';
import { budgetsByModelId } from '../compose/budget-models.ts';
import { bodyLogEnd } from '../config/body-log.ts';
import type { Loaded } from '../config/load.ts';
import type { ServerNote } from '../config/server-note.ts';
import { configuredUrl } from '../config/server-url.ts';
import { isAlive } from '../config/state-file.ts';
import { readTunnelNote } from '../config/tunnel-note.ts';
import { answeringServer, answersAt } from './answering-server.ts';
import { type CredentialSearch, searchCredentials } from './found-credentials.ts';
import { lastOfCursor } from './last-of-cursor.ts';
import { keyName } from './own-key.ts';
import { installedManager } from './service-acts.ts';
import { type BudgetSpent, type LastError, readToday, type Today } from './today.ts';

/** What `status` tells, as it was found. */
export type Status = {
  server: ServerNote | undefined;
  /** Something of ours answers where this configuration would listen, but left no note here. */
  stranger: string | undefined;
  tunnel: { url: string; up: boolean; lastCursorAt: number | undefined } | undefined;
  credentials: CredentialSearch;
  key: string | undefined;
  today: Today | undefined;
  lastError: LastError | undefined;
  /** What starts the proxy at login. */
  service: string | undefined;
  /** Wall milliseconds; undefined while bodies are not logged. */
  bodiesUntil: number | undefined;
  budgets: BudgetSpent[];
  /** Files that are damaged: the sentence and the command for each row that would tell of them. */
  faults: { aws?: string; key?: string; today?: string };
};

/** Looks at everything once; nothing is started and AWS is not asked. */
export async function lookAround(loaded: Loaded, now: Date): Promise<Status> {
  const { state } = loaded.paths;
  const server = await answeringServer(loaded);
  const there = configuredUrl(loaded.settings);
  const note = readTunnelNote(state);
  const lastCursor = lastOfCursor(state);
  const faults: Status['faults'] = {};
  const signIn = await readSignIn(state).catch((error: unknown) => {
    faults.aws = sentence(error);
    return { source: 'aws' as const, profile: undefined };
  });
  const named = loaded.apiKey ? 'CLAUDE_BEDROCK_API_KEY' : keyName(loaded);
  const key = await Promise.resolve(named).catch((error: unknown) => {
    faults.key = sentence(error);
    return undefined;
  });
  const book = await readToday(state, now, await budgetsByModelId(loaded.settings)).catch(() => {
    faults.today = 'not known: the ledger cannot be read   -> claude-bedrock usage';
    return undefined;
  });
  return {
    faults,
    server,
    stranger: !server && loaded.settings.listen.port !== 0 && (await answersAt(there)) ? there : undefined,
    tunnel: note && { url: note.publicUrl, up: isAlive(note.pid), lastCursorAt: lastCursor?.at },
    credentials: searchCredentials(loaded, signIn, process.env),
    key,
    today: book?.today,
    lastError: book?.lastError,
    service: installedManager(),
    bodiesUntil: bodyLogEnd(loaded.settings.log, now.getTime()),
    budgets: book?.budgets ?? [],
  };
}

function sentence(error: unknown): string {
  const { publicMessage, facts } = toProxyError(error);
  return `${publicMessage}${facts.fix === undefined ? '' : `   -> ${facts.fix}`}`;
}
