import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { UploadGrant, UploadRequest } from '@filefield/core';
import { bucketAgent } from './support.ts';

type Headers = Readonly<Record<string, string>>;

/** A grant of up to ten bytes of text, for a name of its own. */
export function granted(grant: Partial<UploadGrant> = {}): UploadGrant {
  const name = `incoming/${randomUUID()}`;
  return { name, type: 'text/plain', maxSize: 10, expiresIn: 60, ...grant };
}

/** What a script in a browser sends: the bytes as the body. */
export function bytesRequest(
  { method, url, headers }: UploadRequest,
  body?: string | Uint8Array<ArrayBuffer>,
  more: Headers = {},
): Request {
  const init = { method, headers: { ...headers, ...more } };
  return new Request(url, body === undefined ? init : { ...init, body });
}

/** What a form in a browser sends: the fields in their order, then the file. */
export function formRequest(
  { method, url, headers, fields = {} }: UploadRequest,
  bytes: string,
  { fields: more = {}, headers: others = {} }: { fields?: Headers; headers?: Headers } = {},
): Request {
  const body = new FormData();
  for (const [field, value] of Object.entries({ ...fields, ...more })) body.set(field, value);
  body.set('file', new File([bytes], 'me.txt', { type: 'text/plain' }));
  return new Request(url, { method, headers: { ...headers, ...others }, body });
}

/** Sends {@link bytesRequest}. */
export async function sent(...request: Parameters<typeof bytesRequest>): Promise<Response> {
  return await fetch(bytesRequest(...request));
}

/** Sends {@link formRequest}. */
export async function sentForm(...form: Parameters<typeof formRequest>): Promise<Response> {
  return await fetch(formRequest(...form));
}

/** Sends a request with a name server of our own; answers the status. */
export async function sentToHost(asked: Request): Promise<number | undefined> {
  const headers = Object.fromEntries(asked.headers);
  const sending = request(asked.url, { method: asked.method, headers, agent: bucketAgent() });
  sending.end(await asked.bytes());
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

/** The code in the XML with which the server refuses; its status where it has none. */
export async function refusal(answer: Response): Promise<string> {
  const text = await answer.text();
  return /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? String(answer.status);
}
