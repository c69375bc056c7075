import type { LogEvent } from './log-event.ts';

/** Something that concerns safety or money, as the dashboard tells it. `what` is a sentence of ours; `about` names whom or what; `times`: how often it happened, where that is more than once, `at` being the last. */
export type Notice = {
  at: number;
  severity: 'info' | 'warn' | 'alarm';
  what: string;
  about: string;
  times?: number;
};

/** What an event means to the person who owns the keys; undefined for what is everyday. `at` is wall time in milliseconds. */
export function noticeOf(event: LogEvent, at: number): Notice | undefined {
  const notice = (severity: Notice['severity'], what: string, about: string): Notice => ({ at, severity, what, about });
  switch (event.type) {
    case 'refused':
      return refusalNotice(event, notice);
    case 'authenticated':
      return notice('info', 'First use from this address', `${event.principalId} from ${event.ip}`);
    case 'limit':
      return notice('warn', 'Limit reached', event.limit);
    case 'budget': {
      const spent = `$${event.spentUsd.toFixed(2)} of $${event.limitUsd.toFixed(2)} a ${event.period}`;
      return notice(event.percent >= 100 ? 'alarm' : 'warn', `Budget at ${event.percent} %`, spent);
    }
    case 'content-policy':
      return notice(event.action === 'block' ? 'alarm' : 'warn', screened[event.action], event.rule);
    case 'cache-unread':
      return notice('warn', 'Prompt cache written and never read', `${event.modelId}, ${event.writtenTokens} tokens`);
    case 'refresh':
      return event.outcome === 'success'
        ? notice('info', 'Sign-in renewed', event.provider)
        : notice('alarm', `Renewing the sign-in failed: ${event.outcome}`, event.provider);
    case 'key':
      return notice('info', `Key ${event.action}`, event.keyId);
    case 'config':
      return notice('info', 'Setting changed', event.setting);
    case 'failover':
      return notice('warn', 'Another Region stood in', `${event.from} → ${event.to}`);
    case 'failure':
      return notice('warn', 'Something failed inside', event.where);
    case 'call':
    case 'retry':
    case 'unknown-part':
    case 'listening':
    case 'stopping':
    case 'stopped':
      return undefined;
    default:
      return event satisfies never;
  }
}

/** What screening did; the rule beside it says what was found: a secret, personal data, or words that steer a model. */
const screened = { report: 'Found in a prompt', mask: 'Masked in a prompt', block: 'Prompt blocked' } as const;

function refusalNotice(
  { code, route, ip }: LogEvent & { type: 'refused' },
  notice: (severity: Notice['severity'], what: string, about: string) => Notice,
): Notice {
  const about = `${route} from ${ip}`;
  if (code === 'unauthorized' && route.startsWith('/ui')) return notice('warn', 'Dashboard sign-in refused', about);
  if (code === 'unauthorized') return notice('alarm', 'Wrong key', about);
  if (code === 'forbidden') return notice('alarm', 'Turned away at the door', about);
  return notice('info', `Request refused: ${code.replaceAll('_', ' ')}`, about);
}
