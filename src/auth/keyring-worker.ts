import { platform } from 'node:os';
import { Entry } from '@napi-rs/keyring';
import { inParts, type RawStore } from './keyring-parts.ts';

/** What the keyring's process is asked, one at a time. */
export type KeyringAsk =
  | { id: number; op: 'get'; account: string }
  | { id: number; op: 'set'; account: string; value: string }
  | { id: number; op: 'delete'; account: string };

/** What it answers; `error` is the platform's own words. */
export type KeyringAnswer = { id: number; value?: string | undefined; gone?: boolean; error?: string; tookMs: number };

/** Windows' CRED_MAX_CREDENTIAL_BLOB_SIZE; the other platforms take a megabyte. */
const limit = platform() === 'win32' ? 2_560 : 1_048_576;

/**
 * The platform's store, by blocking calls: this process exists so that they may block. (The asynchronous calls would
 * occupy the pool that file reads share: with a stopped keyring a file read took 1.8 s.) The store is pinned, because
 * without it a missing Secret Service becomes the kernel keyring without a word (Brooooooklyn/keyring-node#142).
 */
function platformStore(service: string): RawStore {
  const entry = (account: string) => new Entry(service, account, { linux: { store: 'secret-service' } });
  return {
    get: (account) => {
      const bytes = entry(account).getSecret();
      return bytes ? Uint8Array.from(bytes) : undefined;
    },
    set: (account, value) => entry(account).setSecret(value),
    delete: (account) => entry(account).deleteCredential(),
  };
}

function answer(store: RawStore, ask: KeyringAsk): Omit<KeyringAnswer, 'id' | 'tookMs'> {
  switch (ask.op) {
    case 'get': {
      const bytes = store.get(ask.account);
      return { value: bytes && Buffer.from(bytes).toString('utf8') };
    }
    case 'set':
      store.set(ask.account, Buffer.from(ask.value, 'utf8'));
      return {};
    case 'delete':
      return { gone: store.delete(ask.account) };
    default:
      return ask satisfies never;
  }
}

const reply = process.send?.bind(process);
if (reply) {
  const store = inParts(platformStore(process.argv[2] ?? ''), limit);
  process.on('message', (ask: KeyringAsk) => {
    const started = performance.now();
    const tookMs = () => performance.now() - started;
    try {
      reply({ id: ask.id, ...answer(store, ask), tookMs: tookMs() } satisfies KeyringAnswer);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      reply({ id: ask.id, error, tookMs: tookMs() } satisfies KeyringAnswer);
    }
  });
}
