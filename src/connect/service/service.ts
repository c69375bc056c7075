/** What a service file is made of. */
export type ServiceFacts = {
  /** The Node that runs now, and the program's start file. */
  node: string;
  main: string;
  home: string;
  state: string;
  /** The person's environment; only `capturedVariables` are taken from it. */
  env: Record<string, string | undefined>;
};

/** A whole file to write. */
export type ServiceFile = { path: string; text: string; encoding: 'utf8' | 'utf16le' };

/** How the proxy is started at login on one system. */
export type ServicePlan = {
  manager: 'systemd' | 'launchd' | 'task-scheduler';
  /** The name that the manager knows it by. */
  name: string;
  files: readonly ServiceFile[];
  /** Commands in order, each a program and its arguments. */
  start: readonly (readonly string[])[];
  stop: readonly (readonly string[])[];
  /** Ends with 0 when the manager has it loaded. */
  status: readonly string[];
  hints: readonly string[];
};

/**
 * What a service started at login would not find by itself. A list of names, not of exceptions: whatever else the
 * environment holds, keys among it, stays out of the file.
 */
const capturedVariables = [
  'PATH',
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CA_BUNDLE',
  'AWS_ENDPOINT_URL_BEDROCK_RUNTIME',
  'NODE_EXTRA_CA_CERTS',
  'HTTPS_PROXY',
  'NO_PROXY',
  'XDG_CONFIG_HOME',
  'XDG_STATE_HOME',
  'CLAUDE_BEDROCK_HOME',
  'CLAUDE_BEDROCK_CONFIG',
  'CLAUDE_BEDROCK_VAULT',
] as const;

/** Name and value of each captured variable that is set; one that carries a password in its URL is left out. */
export function captured({ env }: Pick<ServiceFacts, 'env'>): [string, string][] {
  return capturedVariables.flatMap((name): [string, string][] => {
    const value = env[name];
    return value === undefined || value === '' || !mayStandInFile(value) ? [] : [[name, value]];
  });
}

/** A URL with a password in it, or a value of several lines, has no place in a service file. */
const mayStandInFile = (value: string): boolean => !/[\r\n]|:\/\/[^/\s]*@/.test(value);

/** A hint for each variable that was left out because of what it holds. */
export function leftOutHints({ env }: Pick<ServiceFacts, 'env'>, file: string): string[] {
  return capturedVariables
    .filter((name) => !mayStandInFile(env[name] ?? ''))
    .map((name) => `${name} holds a password, so it was left out: put it into ${file}`);
}

/** The file for what only the person may write: a key that clients must send, a proxy with a password. */
export function ownVariablesFile({ state }: Pick<ServiceFacts, 'state'>, join: (...parts: string[]) => string): string {
  return join(state, 'service.env');
}

export const keyHint = (file: string): string =>
  `a key that stays from start to start: CLAUDE_BEDROCK_API_KEY=… in ${file}, readable by you alone`;
