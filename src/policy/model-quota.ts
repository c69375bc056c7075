/** What a limit of Bedrock's counts, and for which kind of profile. */
export type QuotaMeasure = {
  unit: 'requests a minute' | 'tokens a minute' | 'tokens a day';
  reach: 'on-demand' | 'cross-region' | 'global';
};

/**
 * What a quota's name says, when it is one of this model: Service Quotas tells names, not ids, e.g. "Cross-region model
 * inference tokens per minute for Anthropic Claude Sonnet 4.5 V1".
 */
export function quotaOfModel(quotaName: string, modelId: string): QuotaMeasure | undefined {
  const [, what = '', model = ''] =
    /^(.*?) for (.+?)(?: \(.*\))?$/i.exec(
      quotaName.replace(/^model invocation max tokens per day/i, 'tokens per day'),
    ) ?? [];
  if (wordsOf(model) !== wordsOf(modelId)) return undefined;
  const unit = unitOf(what.toLowerCase());
  if (!unit) return undefined;
  const reach = /^global/i.test(what) ? 'global' : /cross-region/i.test(what) ? 'cross-region' : 'on-demand';
  return { unit, reach };
}

function unitOf(what: string): QuotaMeasure['unit'] | undefined {
  if (/\b(batch|latency-optimized|provisioned|fine-tun)/.test(what)) return undefined;
  if (what.endsWith('requests per minute')) return 'requests a minute';
  if (what.endsWith('tokens per minute')) return 'tokens a minute';
  return what.endsWith('tokens per day') ? 'tokens a day' : undefined;
}

/** The words of a model, from its id as from its name: `anthropic.claude-sonnet-4-5-20250929-v1:0` and "Anthropic Claude Sonnet 4.5 V1" give the same. */
function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/^(anthropic|amazon|meta|mistral(?: ai)?|cohere|deepseek|openai|qwen|ai21(?: labs)?)[. ]/, '')
    .replace(/:\d+$/, '')
    .replace(/-\d{8}(?=-|$)/, '')
    .replace(/[- ]v1$/, '')
    .replaceAll(/(\d)[-.](?=\d)/g, '$1.')
    .replaceAll(/[\s-]+/g, ' ')
    .trim();
}
