import type { Clock } from '../base/clock.ts';
import type { IdentityProvider } from './aws-identity.ts';
import type { TakeLock } from './lock.ts';
import type { SignInSource } from './sign-in.ts';
import type { RefreshBucket } from './token-record.ts';
import type { Vault } from './vault.ts';

export type IdentityParts = {
  vault: Vault;
  takeLock: TakeLock;
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  home?: string;
  fetch?: typeof fetch;
  onRefresh?: (source: SignInSource, bucket: RefreshBucket, durationMs: number) => void;
};

/** What `auth status` shows; `fix` is there when a person must act. */
export type IdentityStatus = {
  what: string;
  state: 'signed-in' | 'signed-out' | 'ended';
  expiresAt?: number | undefined;
  renewable: boolean;
  fix?: string | undefined;
};

/** A sign-in at work. */
export type OpenIdentity = {
  provide: IdentityProvider;
  status(): Promise<IdentityStatus>;
  /** `auth refresh`: everything that can be renewed, now. */
  renew(): Promise<void>;
  /** `auth logout`: revokes where the server can, deletes, reads back. */
  signOut(): Promise<{ revoked: boolean }>;
  close(): Promise<void>;
};
