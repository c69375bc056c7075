/**
 * What a secret looks like in running text; `kind` names it in a placeholder, a change or a report. `anchor` stands in
 * every text that holds one, and is cheap to look for.
 */
export type SecretShape = { kind: string; pattern: RegExp; anchor?: string | RegExp };

/** Where a prefix ends in a dash or an underscore, and enough stands behind it. */
const joined =
  /[-_](?=[\w+/=])(?<=(?:api-key|cbt?|gh[pousr]|[br]_pat|l(?:pat|dt|rt|ptt)|sk|xox[abeoprs]|xapp|k_(?:live|test)|npm|pypi|hf|hsec|hp(?:at|ca|pa|ss)|CSPX|p_v1|n_api|ntn|igd|lsa|MAK|RAK|sbp|ET-KEY|xai|plx|r8|q0[a-z]{3})[-_])(?=[\w+/=-]{10})/;

/** What `\s` takes for a blank, and the lower byte of each such character. */
export const blank = String.raw`[\s\0-\x0a()/_\x80\xff]`;

/** A prefix with a capital letter that begins few words, or a `J` or `G` behind the rest of its prefix. */
export const capital = new RegExp(
  `A(?:(?:[KS]IA|BIA|CCA)[A-Z2-7]{4}|BSK[\\w+/]{4}|Iza[\\w-]{4}|TATT3[\\w-]{4}|A(?<=:AA)[\\w-]{4}|cc(?:ount|ess)Key=)|B(?:earer|asic)${blank}|G(?<=SG)\\.[\\w-]{4}|J(?<=eyJ)[\\w-]{8}`,
);

/*
 * One table for two readers: the last scrubber of everything that is written, and the detectors of what leaves.
 * Each pattern starts with a literal, so that text without one is passed over quickly, and none can backtrack far.
 * Prefixes and lengths are those that the issuers publish for secret scanning.
 */
export const secretShapes: readonly SecretShape[] = [
  { kind: 'AWS_ACCESS_KEY', pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/, anchor: capital },
  { kind: 'BEDROCK_KEY', pattern: /\bABSK[A-Za-z0-9+/]{40,}={0,2}/, anchor: capital },
  { kind: 'BEDROCK_KEY', pattern: /\bbedrock-api-key-[A-Za-z0-9+/=_-]{20,}/, anchor: joined },
  // Our own: keys for local clients, and the tokens made from them.
  { kind: 'LOCAL_KEY', pattern: /\bcbt?-[A-Za-z0-9_-]{43,}/, anchor: joined },
  // Behind a dash it may be anywhere in a run, whose every part would be looked through to the run's end.
  {
    kind: 'JWT',
    pattern:
      /(?:(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}|\beyJ[A-Za-z0-9_-]{8,1024})\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}/,
    anchor: capital,
  },
  // The last line may be cut off; a body has no two dashes in a row, which keeps the search linear.
  {
    kind: 'PRIVATE_KEY',
    anchor: 'VATE KEY', // V is rarer than P
    pattern:
      /-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s\\,:]|-(?!-)){32,16384}(?:-----END [A-Z0-9 ]{8,40}-----)?/,
  },
  {
    kind: 'GITHUB_TOKEN',
    pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})\b/,
    anchor: joined,
  },
  { kind: 'GITLAB_TOKEN', pattern: /\bgl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,}/, anchor: joined },
  { kind: 'ANTHROPIC_KEY', pattern: /\bsk-ant-[A-Za-z0-9_-]{24,}/, anchor: joined },
  { kind: 'OPENAI_KEY', pattern: /\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,}/, anchor: joined },
  { kind: 'SLACK_TOKEN', pattern: /\b(?:xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{40,})/, anchor: joined },
  {
    kind: 'STRIPE_KEY',
    pattern: /\b(?:[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/]{32,})/,
    anchor: joined,
  },
  { kind: 'GOOGLE_KEY', pattern: /\bAIza[A-Za-z0-9_-]{35}/, anchor: capital },
  { kind: 'NPM_TOKEN', pattern: /\bnpm_[A-Za-z0-9]{36}\b/, anchor: joined },
  { kind: 'PYPI_TOKEN', pattern: /\bpypi-AgEI[A-Za-z0-9_-]{50,}/, anchor: joined },
  { kind: 'SENDGRID_KEY', pattern: /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}/, anchor: capital },
  // What a session of AWS's token service begins with, in base64.
  { kind: 'AWS_SESSION_TOKEN', pattern: /\bIQoJ[A-Za-z0-9+/]{80,}={0,2}/, anchor: 'IQoJ' },
  { kind: 'AWS_SESSION_TOKEN', pattern: /\bFwoG[A-Za-z0-9+/]{80,}={0,2}/, anchor: 'FwoG' },
  { kind: 'ATLASSIAN_TOKEN', pattern: /\bATATT3[A-Za-z0-9_=-]{40,}/, anchor: capital },
  { kind: 'TELEGRAM_TOKEN', pattern: /\b\d{8,10}:AA[A-Za-z0-9_-]{33}(?![\w-])/, anchor: capital },
  {
    // Shopify, DigitalOcean, Google's OAuth, Linear, Notion, Figma, Grafana, Postman, New Relic, Supabase, age, Groq, xAI,
    // Perplexity, Replicate, Square, Docker.
    kind: 'PROVIDER_TOKEN',
    anchor: joined,
    pattern:
      /\b(?:shp(?:at|ca|pa|ss)_[0-9a-f]{32}|dop_v1_[0-9a-f]{64}|GOCSPX-[\w-]{28}|lin_api_[A-Za-z0-9]{40}|ntn_[A-Za-z0-9]{40,60}|figd_[\w-]{40,60}|glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|NRAK-[A-Z0-9]{27}|sbp_[0-9a-f]{40}|AGE-SECRET-KEY-1[0-9A-Z]{58}|gsk_[A-Za-z0-9]{52}|xai-[A-Za-z0-9]{70,120}|pplx-[A-Za-z0-9]{40,60}|r8_[A-Za-z0-9]{37}|sq0[a-z]{3}-[\w-]{22,43}|dckr_pat_[\w-]{27,40})/,
  },
  { kind: 'HUGGINGFACE_TOKEN', pattern: /\bhf_[A-Za-z]{34}\b/, anchor: joined },
];
