/** An HTTP error as Bedrock answers it; a law gives one back instead of throwing, so that laws stay plain functions. */
export type Refusal = {
  status: number;
  /** The exception's name for `x-amzn-errortype`; absent in answers of the gateway before the service. */
  type?: string;
  message: string;
  /** Members beside `message`, such as `originalStatusCode`. */
  more?: Record<string, unknown>;
  headers?: Record<string, string>;
};

/** ValidationException in the service's own words. */
export function invalid(message: string): Refusal {
  return { status: 400, type: 'ValidationException', message };
}

/** ValidationException with words of the model's provider, in the wrapping that Converse puts round them. */
export function refusedByModel(message: string): Refusal {
  return invalid(`The model returned the following errors: ${message}`);
}

/** The body and headers of a refusal; the gateway, which names no exception, spells `Message` with a capital. */
export function refusalAnswer(refusal: Refusal, requestId: string): { headers: Record<string, string>; body: string } {
  const { type, message, more, headers } = refusal;
  const text = JSON.stringify(type === undefined ? { Message: message } : { message, ...more });
  const named = type === undefined ? {} : { 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/` };
  return {
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, ...named, ...headers },
    body: text,
  };
}

export const isRefusal = (value: Record<string, unknown> | Refusal): value is Refusal =>
  typeof value['status'] === 'number' && 'message' in value;
