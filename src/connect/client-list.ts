import type { Client } from './client.ts';
import { aider } from './clients/aider.ts';
import { claudeCode } from './clients/claude-code.ts';
import { cline } from './clients/cline.ts';
import { codex } from './clients/codex.ts';
import { continueDev } from './clients/continue.ts';
import { cursor } from './clients/cursor.ts';
import { jetbrains } from './clients/jetbrains.ts';
import { librechat } from './clients/librechat.ts';
import { openWebui } from './clients/open-webui.ts';
import { opencode } from './clients/opencode.ts';
import { roo } from './clients/roo.ts';
import { vscode } from './clients/vscode.ts';
import { xcode } from './clients/xcode.ts';
import { zed } from './clients/zed.ts';

/** Every client that `connect` knows, in the order of its list. */
export const clients: readonly Client[] = [
  cursor,
  cline,
  roo,
  continueDev,
  zed,
  jetbrains,
  vscode,
  claudeCode,
  codex,
  opencode,
  aider,
  openWebui,
  librechat,
  xcode,
];
