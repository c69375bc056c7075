/** Where spans go, as OpenTelemetry's variables say it. */
export type TraceTarget = {
  url: string;
  /** They may hold a token: never logged. */
  headers: Readonly<Record<string, string>>;
  /** Attributes of the process, `service.name` among them. */
  resource: Readonly<Record<string, string>>;
};

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads OpenTelemetry's variables for traces; undefined when they ask for none. The endpoint for traces is taken as it
 * is, the one for all signals gets `/v1/traces` (OTLP exporter specification, "Endpoint URLs for OTLP/HTTP").
 */
export function traceTarget(env: Env): TraceTarget | undefined {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return undefined;
  const own = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  const shared = env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const url = own || (shared && `${shared.replace(/\/+$/, '')}/v1/traces`);
  if (!url || !URL.canParse(url) || !/^https?:/.test(url)) return undefined;
  const resource = pairs(env['OTEL_RESOURCE_ATTRIBUTES']);
  return {
    url,
    headers: pairs(env['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] || env['OTEL_EXPORTER_OTLP_HEADERS']),
    resource: {
      ...resource,
      'service.name': env['OTEL_SERVICE_NAME'] || resource['service.name'] || 'claude-bedrock',
    },
  };
}

/** `name=value,name=value`, values percent-encoded (W3C Baggage); what is no pair is passed over. */
function pairs(text = ''): Record<string, string> {
  const entries = text.split(',').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())]];
  });
  return Object.fromEntries(entries);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
