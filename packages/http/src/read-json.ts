import { bodyText, bodyType, BrokenBodyError } from './body-bytes.ts';
import { problemResponse } from './problem-response.ts';

/** A token and a step fit, whatever their length. */
const mostBytes = 64 * 1024;

/**
 * The object in a request's body, or the refusal. Wants the type of JSON, which no form of another site can send
 * without asking first (CSRF).
 */
export async function readJson(request: Request): Promise<object | Response> {
  if (bodyType(request) !== 'application/json') {
    return refusal(415, 'The body is to be application/json');
  }
  try {
    const text = await bodyText(request, mostBytes);
    if (text === undefined) return refusal(413, `The body is over the limit of ${mostBytes} bytes`);
    const found: unknown = JSON.parse(text);
    const isObject = typeof found === 'object' && found !== null && !Array.isArray(found);
    return isObject ? found : refusal(400, 'The body is no object');
  } catch (error) {
    if (error instanceof BrokenBodyError) return refusal(400, 'The body broke off');
    if (error instanceof SyntaxError) return refusal(400, 'The body is no JSON');
    throw error;
  }
}

/** The request itself is wrong, whatever the file is. */
export function refusal(status: 400 | 413 | 415, message: string): Response {
  return problemResponse(status, { code: 'BAD_REQUEST', message });
}
