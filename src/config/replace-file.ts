import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Gives a person's settings file a new text: the old one or the new one is there, never a half. A link stays a link,
 * because dotfiles are often links into a repository, and the file keeps its rights. One that its owner made read-only
 * stays so, though its folder would let it be replaced. Throws node's error.
 */
export function replaceFile(path: string, text: string): void {
  const file = existsSync(path) ? realpathSync(path) : path;
  if (existsSync(file)) accessSync(file, constants.W_OK);
  const mode = existsSync(file) ? statSync(file).mode & 0o777 : 0o600;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.new`;
  try {
    writeFileSync(draft, text, { mode });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
