import type { Loaded } from '../config/load.ts';
import { type QuotaMeasure, quotaOfModel } from '../policy/model-quota.ts';
import { type AskedLimits, askLimits } from './ask-limits.ts';
import type { CheckRow } from './check-row.ts';
import { count } from './columns.ts';
import type { Dialled } from './try-model.ts';

/** How many tokens a minute the account may use with the model that most people start with; what AWS will not say is said. */
export async function quotaRow(loaded: Loaded, name: string, dialled: Dialled | undefined): Promise<CheckRow> {
  return quotaText(await askLimits(loaded), { name, dialled, reserved: loaded.settings.models.defaultMaxTokens });
}

type Asked = {
  name: string;
  dialled: Dialled | undefined;
  /** What a request that names no `max_tokens` reserves. */
  reserved: number;
};

/** The row for what was learnt of the account's limits. */
function quotaText(limits: AskedLimits, { name, dialled, reserved }: Asked): CheckRow {
  const row = (state: CheckRow['state'], found: string, fix?: string): CheckRow => ({
    name: 'Quota',
    state,
    found,
    fix,
  });
  if ('unknown' in limits) {
    if (!limits.forbidden) return row('info', `not known: ${limits.unknown}`);
    return row(
      'info',
      'not allowed to read: IAM gives you no servicequotas:ListServiceQuotas; nothing else needs it',
      'claude-bedrock aws policy',
    );
  }
  const reach = reachOf(dialled?.target ?? '');
  const perMinute = limits.quotas.find((quota) => {
    const measure = dialled && quotaOfModel(quota.name, dialled.model);
    return measure?.unit === 'tokens a minute' && measure.reach === reach;
  });
  if (!perMinute) return row('info', `Service Quotas in ${limits.region} names no limit for ${name}`);
  if (perMinute.value === 0) return row('warn', `${name}: 0 tokens/min`, 'claude-bedrock quota');
  return row(
    'ok',
    `${name} ${count(perMinute.value)} tokens/min; max_tokens will be kept at ${count(reserved)} unless asked`,
  );
}

/** A call counts against the limit of the profile that it names. */
function reachOf(target: string): QuotaMeasure['reach'] {
  if (target.includes('global.')) return 'global';
  return geographyOf(target) === undefined ? 'on-demand' : 'cross-region';
}

/** `eu.anthropic.claude-…` → `eu`; undefined for a model's bare id. */
export function geographyOf(target: string): string | undefined {
  return /(?:^|\/)([a-z]{2,6}(?:-[a-z]+)?)\.[a-z0-9]+\.[a-z]/.exec(target)?.[1];
}
