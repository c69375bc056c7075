import type { Failure } from './output.ts';

const refusals = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EEXIST', 'EISDIR', 'ENOTDIR', 'ELOOP']);

/** A file or folder that the system does not let us use is no fault of ours; undefined for everything else. */
export function fileFault(thrown: unknown): Failure | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || !('path' in thrown)) return undefined;
  if (typeof thrown.path !== 'string' || !refusals.has(String(thrown.code))) return undefined;
  return {
    error: `${thrown.path} cannot be used`,
    cause: thrown.message,
    fix: 'see who may write there and how full the disk is; claude-bedrock doctor looks at our own folders',
  };
}
