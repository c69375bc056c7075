import { readFileSync, unwatchFile, watchFile } from 'node:fs';

/**
 * Calls `onChange` after a file's text changed, appeared or went away; returns the way to stop. It asks the file's time
 * once per `everyMs` instead of waiting for the system's word: that also works on network and container mounts, when
 * the folder does not exist yet, and for editors that replace the file. Keeps no process alive.
 */
export function watchText(path: string, onChange: () => void, everyMs = 1_000): () => void {
  let last = textOf(path);
  const look = (): void => {
    const now = textOf(path);
    if (now === last) return;
    last = now;
    onChange();
  };
  watchFile(path, { interval: everyMs, persistent: false }, look);
  return () => unwatchFile(path, look);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
