import { forbidden } from './problem-response.ts';

/**
 * The answer in place of a file, where the application's `authorize` does not let the client have it; `undefined` where it
 * does. Only `true` lets anybody in: whoever asks in JavaScript whether a member that is missing may read gets `undefined`.
 */
export function refusal(
  answer: boolean | Response | null | undefined,
  request: Request,
): Response | undefined {
  if (answer === true) return undefined;
  return typeof answer === 'object' && answer !== null ? answer : forbidden(request);
}
