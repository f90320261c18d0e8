import type { DirectUpload, Storages, UploadRequest, UploadStep } from '@filefield/core';
import { askedStep, askedUpload, type AskedUpload } from './asked-upload.ts';
import { CrossOrigin } from './cross-origin.ts';
import { drainUnread } from './drain-body.ts';
import { errorResponse } from './error-response.ts';
import { methodNotAllowed, notFound } from './problem-response.ts';
import { readJson } from './read-json.ts';
import { receiveUpload } from './receive-upload.ts';
import type { WebHandler } from './web-handler.ts';

/** Options of {@link uploadHandler}. */
export interface UploadHandlerOptions {
  /** The application's storages: those on the local disk with this handler's address as `uploadUrl` receive their uploads here. */
  readonly storages: Pick<Storages, 'aliases' | 'get'>;
  /**
   * Lets a browser upload one file, as `files.createUpload()` does, or answers why not. Whoever comes here is let in by
   * nobody else: check who it is, and which field it may be.
   */
  readonly createUpload: (asked: AskedUpload, request: Request) => Promise<DirectUpload | Response>;
  /** Signs a further request of an upload in parts, as `files.signUpload()` does. Default: there are no uploads in parts. */
  readonly signUpload?:
    | ((token: string, step: UploadStep, request: Request) => Promise<UploadRequest | Response>)
    | undefined;
  /** Pages of other origins that may upload, such as `https://app.example.com`. Default: only this site's own. */
  readonly origins?: readonly string[] | undefined;
}

/**
 * Answers what browsers ask around direct uploads, below the path where it is mounted: `POST` of what the file is begins
 * one, `POST …/sign` signs a further request of it, both in JSON; and what the signed requests of a storage on the local
 * disk send arrives here.
 *
 * @example
 * ```ts
 * app.use('/uploads', nodeHandler(uploadHandler({
 *   storages,
 *   createUpload: async (asked, request) =>
 *     files.createUpload(Member, 'avatar', { ...asked, subject: await userOf(request) }),
 * })));
 * ```
 * @throws TypeError when one of the `origins` is none.
 */
export function uploadHandler(options: UploadHandlerOptions): WebHandler {
  const crossOrigin = new CrossOrigin(options.origins ?? []);
  return async (request) => {
    try {
      const response = crossOrigin.preflight(request) ?? (await answer(request, options));
      return crossOrigin.allow(request, response);
    } finally {
      drainUnread(request);
    }
  };
}

async function answer(request: Request, options: UploadHandlerOptions): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const grant = searchParams.get('grant');
  if (grant !== null) return receiveUpload(request, grant, options.storages);
  if (request.method !== 'POST') return methodNotAllowed(request, 'POST');
  try {
    return pathname.endsWith('/sign')
      ? await sign(request, options)
      : await create(request, options);
  } catch (error) {
    return errorResponse(error);
  }
}

async function create(request: Request, options: UploadHandlerOptions): Promise<Response> {
  const body = await readJson(request);
  const asked = body instanceof Response ? body : askedUpload(body);
  if (asked instanceof Response) return asked;
  return json(201, await options.createUpload(asked, request));
}

async function sign(request: Request, { signUpload }: UploadHandlerOptions): Promise<Response> {
  if (signUpload === undefined) return notFound();
  const body = await readJson(request);
  const asked = body instanceof Response ? body : askedStep(body);
  if (asked instanceof Response) return asked;
  return json(200, await signUpload(asked.token, asked.step, request));
}

function json(status: number, answered: DirectUpload | UploadRequest | Response): Response {
  // Not `instanceof`: servers put a Response of their own in the place of the global one.
  if ('status' in answered) return answered;
  return Response.json(answered, { status, headers: { 'Cache-Control': 'no-store' } });
}
