import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { foreignEnv } from '../base/foreign-env.ts';
import { newId } from '../base/ids.ts';
import type { KeyringAnswer, KeyringAsk } from './keyring-worker.ts';
import { type Patience, patienceMs, probeByWriting, type Vault, type VaultTrouble, vaultError } from './vault.ts';

type Wish = KeyringAsk extends infer Ask ? (Ask extends KeyringAsk ? Omit<Ask, 'id'> : never) : never;

type Waiting = {
  ask: KeyringAsk;
  resolve: (answer: KeyringAnswer) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
  settled: boolean;
};

/** The name all our entries carry in the platform's store. */
const keyringService = 'claude-bedrock';

/** How long the process behind the keyring stays after its last answer; a new one costs about 80 ms. */
const idleMs = 20_000;

/**
 * The platform's keyring behind one process of its own and a queue. No call outlives its deadline, and while the store
 * is overdue with one call, background calls fail at once instead of queueing behind it: a hung keyring never delays a
 * request. A process, not a thread: a thread inside a hung call keeps the whole program from ending, for 25 s when a
 * prompt is ignored.
 */
export function keyringVault(options: { service?: string } = {}): Vault {
  const queue = keyringQueue(options.service ?? keyringService);
  const vault: Omit<Vault, 'probe'> = {
    kind: 'keyring',
    get: async (name, patience = 'background') => (await queue.ask({ op: 'get', account: name }, patience)).value,
    set: async (name, value, patience = 'background') => {
      await queue.ask({ op: 'set', account: name, value }, patience);
    },
    delete: async (name, patience = 'background') =>
      (await queue.ask({ op: 'delete', account: name }, patience)).gone === true,
    close: async () => queue.close(),
  };
  return { ...vault, probe: (patience = 'background') => probeByWriting(vault, newId(''), patience) };
}

function keyringQueue(service: string) {
  let worker: ChildProcess | undefined;
  let current: Waiting | undefined;
  let queue: Waiting[] = [];
  let lastId = 0;
  let idle: NodeJS.Timeout | undefined;

  /** The file beside this one: `.ts` in a checkout, `.js` once built. */
  const workerFile = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? './keyring-worker.ts' : './keyring-worker.js', import.meta.url),
  );

  function start(): ChildProcess {
    const started = fork(workerFile, [service], {
      execArgv: [],
      env: foreignEnv(process.env),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    started.on('message', (answer: KeyringAnswer) => {
      if (current?.ask.id === answer.id) finish(answer);
    });
    started.on('error', (error) => lose(started, error.message));
    started.on('exit', (code, signal) => lose(started, `its process ended with ${signal ?? code}`));
    return started;
  }

  function finish(answer: KeyringAnswer): void {
    const done = current;
    current = undefined;
    if (done && !done.settled) {
      settle(done);
      if (answer.error === undefined) done.resolve(answer);
      else done.reject(vaultError(nameTrouble(answer.error, answer.tookMs), answer.error));
    }
    next();
  }

  function lose(which: ChildProcess, reason: string): void {
    if (worker !== which) return;
    worker = undefined;
    const victims = current ? [current, ...queue] : queue;
    current = undefined;
    queue = [];
    for (const victim of victims) {
      if (victim.settled) continue;
      settle(victim);
      victim.reject(vaultError('dead', reason));
    }
  }

  function next(): void {
    current = queue.shift();
    clearTimeout(idle);
    if (!current) {
      mayEnd(worker);
      idle = setTimeout(stop, idleMs).unref();
      return;
    }
    worker ??= start();
    worker.ref();
    worker.channel?.ref();
    const asked = worker;
    asked.send(current.ask, (error) => {
      if (error) lose(asked, error.message);
    });
  }

  function stop(): void {
    clearTimeout(idle);
    const stopping = worker;
    if (!stopping) return;
    lose(stopping, 'the vault was closed');
    mayEnd(stopping);
    stopping.kill('SIGKILL');
  }

  function settle(waiting: Waiting): void {
    waiting.settled = true;
    clearTimeout(waiting.timer);
  }

  function overdue(waiting: Waiting): void {
    settle(waiting);
    queue = queue.filter((other) => other !== waiting);
    if (waiting === current) mayEnd(worker);
    waiting.reject(vaultError('hung', `no answer to ${waiting.ask.op} in time`));
  }

  return {
    ask(wish: Wish, patience: Patience): Promise<KeyringAnswer> {
      if (current?.settled && patience === 'background')
        return Promise.reject(vaultError('hung', `still waiting for an earlier ${current.ask.op}`));
      return new Promise((resolve, reject) => {
        const ask: KeyringAsk = { ...wish, id: ++lastId };
        const timer = setTimeout(() => overdue(waiting), patienceMs[patience]);
        const waiting: Waiting = { ask, resolve, reject, timer, settled: false };
        queue.push(waiting);
        if (!current) next();
      });
    },
    close: stop,
  };
}

/** Lets this program end while the keyring's process lives. */
function mayEnd(worker: ChildProcess | undefined): void {
  worker?.unref();
  worker?.channel?.unref();
}

/**
 * Names the trouble in the platform's words; every error of the library has the same code, so the text decides.
 * "unlock prompt was dismissed" within a second means that no person can have seen it.
 */
export function nameTrouble(message: string, tookMs: number): VaultTrouble {
  if (/prompt was dismissed/i.test(message)) return tookMs < 1_000 ? 'locked' : tookMs > 20_000 ? 'hung' : 'dismissed';
  if (/did not receive a reply|timed? ?out|NoReply/i.test(message)) return 'hung';
  if (/disconnected from message bus|connection (is )?closed|broken pipe/i.test(message)) return 'dead';
  if (/ServiceUnknown|not provided by any|exited with status|Spawn/i.test(message)) return 'no-service';
  if (/connect to socket|autolaunch|DBUS_SESSION_BUS_ADDRESS|NoServer/i.test(message)) return 'no-bus';
  if (/-25308|interaction is not allowed|0x8009030e|logon session/i.test(message)) return 'no-session';
  if (/locked/i.test(message)) return 'locked';
  if (/denied|read-only|no space|quota/i.test(message)) return 'unwritable';
  return 'failed';
}
