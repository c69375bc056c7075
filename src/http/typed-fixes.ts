import { ProxyError } from '../base/errors.ts';
import { once } from '../base/once.ts';
import type { WireFormat } from '../wire/format.ts';
import type { FormatRoute, FormatRoutes } from './formats.ts';

/** The same routes, whose errors name each command as this person can type it: those who run by npx have no other. */
export function typedFixes([first, ...rest]: FormatRoutes, asTyped: (text: string) => string): FormatRoutes {
  const typed = (route: FormatRoute): FormatRoute => ({
    ...route,
    format: once(async () => withFixes(await route.format(), asTyped)),
  });
  return [typed(first), ...rest.map(typed)];
}

function withFixes(format: WireFormat<unknown>, asTyped: (text: string) => string): WireFormat<unknown> {
  const told = (error: ProxyError): ProxyError =>
    error.facts.fix === undefined
      ? error
      : new ProxyError(error.code, error.publicMessage, { ...error.facts, fix: asTyped(error.facts.fix) });
  return {
    ...format,
    toError: (error, context) => format.toError(told(error), context),
    toStream(context) {
      const encoder = format.toStream(context);
      return { ...encoder, fail: (error) => encoder.fail(told(error)) };
    },
  };
}
