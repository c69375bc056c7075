/** The Region that an ARN names; undefined for other names, and for an ARN that names none. */
export function regionOfArn(name: string): string | undefined {
  return /^arn:[^:]*:[^:]*:([^:]+):/.exec(name)?.[1];
}

/** The model of an ARN: those of foundation models and inference profiles name it; others are opaque, and mostly a Claude's. */
export function modelOfArn(arn: string): string {
  const match = /:(?:foundation-model|inference-profile)\/(.+)$/.exec(arn);
  return match?.[1] ?? 'anthropic.claude-behind-an-arn';
}
