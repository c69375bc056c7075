import { ProxyError } from '../base/errors.ts';
import { isObject } from '../base/json.ts';
import { loginCommand } from './sign-in-needed.ts';

/** How long a caller may wait: a request must not (3 s), a person at a prompt may need a minute to unlock the store. */
export type Patience = 'background' | 'prompt';

/** How long a vault may take, in milliseconds: a request does not wait for a person, a command may. */
export const patienceMs: Readonly<Record<Patience, number>> = { background: 3_000, prompt: 60_000 };

/**
 * A place for named secret records. `undefined` from `get` means that the record is not there, never that the store
 * could not be asked: trouble is thrown as a ProxyError that `troubleOf` tells apart.
 */
export type Vault = {
  readonly kind: 'keyring' | 'file' | 'memory';
  get(name: string, patience?: Patience): Promise<string | undefined>;
  /** Returns after the store has the value; what was there before stays readable until then. */
  set(name: string, value: string, patience?: Patience): Promise<void>;
  /** True when a record was there and is gone. */
  delete(name: string, patience?: Patience): Promise<boolean>;
  /** Proves that a record can be written, read back and deleted; throws what is wrong otherwise. */
  probe(patience?: Patience): Promise<void>;
  close(): Promise<void>;
};

/** What can be wrong with a store; each has its own sentence and its own fix. */
export type VaultTrouble =
  | 'no-bus'
  | 'no-service'
  | 'locked'
  | 'dismissed'
  | 'hung'
  | 'dead'
  | 'no-session'
  | 'unwritable'
  | 'unreadable'
  | 'wrong-passphrase'
  | 'failed';

const sentences: Readonly<Record<VaultTrouble, readonly [what: string, fix: string]>> = {
  'no-bus': [
    'The keyring cannot be reached: this process has no D-Bus session.',
    'start claude-bedrock inside your desktop session, or choose another store: CLAUDE_BEDROCK_VAULT=file',
  ],
  'no-service': [
    'No keyring service is running in this session.',
    'install and start gnome-keyring or KWallet, or choose another store: CLAUDE_BEDROCK_VAULT=file',
  ],
  locked: [
    'The keyring is locked and no unlock prompt could be shown.',
    'unlock the keyring (log in to the desktop, or gnome-keyring-daemon --unlock); no restart needed',
  ],
  dismissed: ['The prompt to unlock the keyring was dismissed.', 'claude-bedrock auth status, and unlock the keyring'],
  hung: [
    'The keyring does not answer: it hangs, or it waits for you to unlock it.',
    'look for an unlock prompt on your desktop, else restart the keyring service; no restart of claude-bedrock needed',
  ],
  dead: ['The keyring service died while it was asked.', 'start the keyring service again; no restart needed'],
  'no-session': [
    'The keyring refuses to talk to this session (SSH, or a service without a desktop).',
    'run claude-bedrock from a desktop session, or choose another store: CLAUDE_BEDROCK_VAULT=file',
  ],
  unwritable: [
    'The store for secrets does not keep what is written to it.',
    'free its space or mend its permissions, then: claude-bedrock doctor',
  ],
  unreadable: ['A record in the store for secrets is damaged.', loginCommand],
  'wrong-passphrase': [
    'The passphrase does not open the vault file.',
    'give the passphrase the vault was made with, or remove the vault folder and sign in again',
  ],
  failed: ['The store for secrets failed.', 'claude-bedrock doctor'],
};

/** The error for a trouble; `raw` is the store's own words, kept for logs only. Code `sign_in_needed`: a person must act. */
export function vaultError(trouble: VaultTrouble, raw: string): ProxyError {
  const [what, fix] = sentences[trouble];
  return new ProxyError('sign_in_needed', what, {
    fix,
    detail: `vault ${trouble}: ${raw}`,
    cause: { vaultTrouble: trouble },
  });
}

/** Which trouble an error tells of, or undefined when it is not about the store. */
export function troubleOf(error: unknown): VaultTrouble | undefined {
  if (!(error instanceof ProxyError) || !isObject(error.facts.cause)) return undefined;
  const trouble = error.facts.cause['vaultTrouble'];
  return typeof trouble === 'string' && Object.hasOwn(sentences, trouble) ? (trouble as VaultTrouble) : undefined;
}

/**
 * The probe every store shares: write, read back, delete, and see it gone, under a name of its own.
 * Run before a login spends anything: reads may work where writes fail (macOS over SSH).
 */
export async function probeByWriting(vault: Omit<Vault, 'probe'>, token: string, patience: Patience): Promise<void> {
  const name = `probe/${token}`;
  await vault.set(name, token, patience);
  const back = await vault.get(name, patience);
  await vault.delete(name, patience);
  if (back !== token) throw vaultError('unwritable', 'the probe came back different');
  if ((await vault.get(name, patience)) !== undefined) throw vaultError('unwritable', 'the probe could not be deleted');
}
