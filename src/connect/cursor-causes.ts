import { agoText, spanText } from '../base/span-text.ts';
import type { LastSeen } from '../config/sightings.ts';
import { faultsOfTypedUrl } from './public-url.ts';

/** One line of `cursor status`: what was looked at, how it stands, and what mends it. */
export type Finding = {
  what: string;
  state: 'ok' | 'warn' | 'fail';
  detail: string;
  fix?: string;
};

export type CursorFacts = {
  now: number;
  /** The running server's URL. */
  server?: string | undefined;
  tunnel?: { publicUrl: string; program: string; alive: boolean } | undefined;
  /** The last request that came through the tunnel, or from a client that calls itself Cursor. */
  last?: LastSeen | undefined;
  /** What the person typed into Cursor, and what Cursor showed. */
  typedUrl?: string | undefined;
  typedModel?: string | undefined;
  shownError?: string | undefined;
};

const install = 'claude-bedrock cursor install';
const toggle = 'in Cursor: Settings > Models > API Keys, switch the OpenAI key off and on (Cmd/Ctrl+Shift+0)';
/** After so long a silence the switch is the likely cause; people report it every few hours (cursor/cursor#1615). */
const quietMs = 3 * 3_600_000;

/** Every known reason why Cursor and the proxy do not meet, held against the facts. */
export function cursorFindings(facts: CursorFacts): Finding[] {
  return [
    serverFinding(facts),
    tunnelFinding(facts),
    ...typedFindings(facts),
    ...shownFindings(facts.shownError),
    requestFinding(facts),
  ];
}

function serverFinding({ server }: CursorFacts): Finding {
  if (server !== undefined) return { what: 'proxy', state: 'ok', detail: `runs at ${server}` };
  return { what: 'proxy', state: 'fail', detail: 'no claude-bedrock server runs', fix: install };
}

function tunnelFinding({ tunnel }: CursorFacts): Finding {
  if (!tunnel) {
    const detail = 'none: Cursor’s servers make the call, so 127.0.0.1 cannot work there';
    return { what: 'tunnel', state: 'fail', detail, fix: install };
  }
  const at = `${tunnel.publicUrl} (${tunnel.program})`;
  if (tunnel.alive) return { what: 'tunnel', state: 'ok', detail: at };
  return { what: 'tunnel', state: 'fail', detail: `down: cursor install no longer runs; it was ${at}`, fix: install };
}

function typedFindings({ typedUrl, typedModel, tunnel }: CursorFacts): Finding[] {
  const findings: Finding[] = [];
  if (typedUrl !== undefined) {
    const faults = faultsOfTypedUrl(typedUrl, tunnel?.publicUrl);
    if (faults.length === 0) findings.push({ what: 'base URL', state: 'ok', detail: typedUrl });
    for (const { what, cause, fix } of faults)
      findings.push({ what: 'base URL', state: 'fail', detail: `${what}: ${cause}`, fix });
  }
  if (typedModel !== undefined) findings.push(modelFinding(typedModel));
  return findings;
}

/** Cursor keeps such names for itself or changes its behaviour by them. */
function isKeptByCursor(model: string): boolean {
  return /^(claude|gpt|gemini|o\d|cursor|grok)\b/i.test(model);
}

function modelFinding(model: string): Finding {
  if (!isKeptByCursor(model)) return { what: 'model name', state: 'ok', detail: model };
  return {
    what: 'model name',
    state: 'fail',
    detail: `Cursor keeps names like ${model} for itself: it would go round the proxy and bill you`,
    fix: 'in Cursor: Settings > Models, add bedrock-sonnet and use that',
  };
}

type ShownError = { pattern: RegExp; finding: Omit<Finding, 'state'> };

/** What Cursor shows, and what it means. */
const shownErrors: readonly ShownError[] = [
  {
    pattern: /ssrf_blocked|private (IP|network)/i,
    finding: {
      what: 'localhost pasted',
      detail: 'the base URL in Cursor is a private address, and Cursor’s servers refuse those',
      fix: `${install}, then type the address that it prints`,
    },
  },
  {
    pattern: /does not work with your current plan or api key/i,
    finding: {
      what: 'plan limit',
      detail: 'custom model names need a paid Cursor plan',
      fix: 'upgrade the plan, or use a client that takes 127.0.0.1: claude-bedrock connect --help',
    },
  },
  {
    pattern: /already available as|does not support custom API keys/i,
    finding: {
      what: 'model name',
      detail: 'the name is one of Cursor’s own',
      fix: 'in Cursor: Settings > Models, add bedrock-sonnet and use that',
    },
  },
  {
    pattern: /model name is not valid|invalid model/i,
    finding: {
      what: 'model name',
      detail: 'Cursor sent the name to its own catalogue instead of the override',
      fix: toggle,
    },
  },
  {
    pattern: /invalid (api )?key|incorrect api key|unauthorized|\b401\b/i,
    finding: {
      what: 'key',
      detail: 'the key in Cursor is not the one of this proxy',
      fix: 'type the key that `claude-bedrock cursor install` prints',
    },
  },
  {
    pattern: /\b(502|503|530|1033)\b|tunnel|ERR_NGROK|unable to reach the model provider|failed to fetch/i,
    finding: { what: 'tunnel down', detail: 'the public name does not lead to the proxy now', fix: install },
  },
  {
    pattern: /\b404\b|not found/i,
    finding: {
      what: 'path',
      detail: 'the base URL has a wrong path: Cursor appends /chat/completions to it',
      fix: 'type the base URL so that it ends in /v1',
    },
  },
];

function shownFindings(shown: string | undefined): Finding[] {
  if (shown === undefined) return [];
  const known = shownErrors.find(({ pattern }) => pattern.test(shown));
  if (known) return [{ state: 'fail', ...known.finding }];
  return [
    {
      what: 'error',
      state: 'warn',
      detail: 'this text is not in the list of known ones',
      fix: 'look into docs/clients/cursor.md, or run claude-bedrock doctor',
    },
  ];
}

function requestFinding(facts: CursorFacts): Finding {
  const { last, now } = facts;
  if (!last) return neverSeen(facts);
  const ago = agoText(now - last.at, 1_500);
  if (last.refused === 'unauthorized') {
    const fix = 'type the key that `claude-bedrock cursor install` prints into Cursor';
    return { what: 'last request', state: 'fail', detail: `${ago}, refused: wrong key`, fix };
  }
  if (last.refused !== undefined) {
    return { what: 'last request', state: 'warn', detail: `${ago}, refused: ${last.refused} at ${last.path}` };
  }
  if (now - last.at > quietMs) {
    const detail = `no request for ${spanText(now - last.at)}: Cursor switches its key off by itself now and then`;
    return { what: 'last request', state: 'warn', detail, fix: toggle };
  }
  return { what: 'last request', state: 'ok', detail: `${ago}, ${sightingWords(last)}` };
}

function neverSeen({ server, tunnel }: CursorFacts): Finding {
  if (!server || !tunnel?.alive) return { what: 'last request', state: 'warn', detail: 'none yet' };
  return {
    what: 'last request',
    state: 'warn',
    detail: `none yet, though the tunnel is up: is the key switched on, and is the base URL ${tunnel.publicUrl}/v1?`,
    fix: toggle,
  };
}

/** What a request says of the client that sent it, e.g. `agent mode, 23 tools, bedrock-sonnet, Responses shape, Cursor/3.17`. */
export function sightingWords({ tools, model, shape, client, path }: LastSeen): string {
  if (path.endsWith('/models')) return `asked for the models (key check), ${client}`;
  const mode = tools === undefined || tools === 0 ? 'chat mode, no tools' : `agent mode, ${tools} tools`;
  const dialects = {
    chat: 'Chat shape',
    responses: 'Responses shape',
    messages: 'Anthropic shape',
    mixed: 'mixed shape',
  };
  return [mode, model, shape && dialects[shape], client].filter((word) => word !== undefined).join(', ');
}
