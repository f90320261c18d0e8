import type { FileIssue } from '@filefield/core';

/** What a refusal tells the client. */
export interface Problem {
  /** A literal to switch on. */
  readonly code: string;
  /** Which of several reasons of that code. */
  readonly reason?: string | undefined;
  /** One sentence for people, without secrets. */
  readonly message: string;
  /** Everything that is wrong with a file. */
  readonly issues?: readonly FileIssue[] | undefined;
}

/**
 * A refusal: `{ error: { code, reason, message, issues } }` as JSON, or the message alone as text where the client asks
 * for a page. Nobody keeps it.
 */
export function problemResponse(status: number, problem: Problem, request?: Request): Response {
  const isPage = /\btext\/html\b/i.test(request?.headers.get('accept') ?? '');
  const headers = {
    'Content-Type': isPage ? 'text/plain; charset=utf-8' : 'application/json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
  const body = isPage ? problem.message : JSON.stringify({ error: problem });
  return new Response(request?.method === 'HEAD' ? null : body, { status, headers });
}

/** There is nothing here, or nothing that may be told. */
export function notFound(request?: Request): Response {
  return problemResponse(
    404,
    { code: 'FILE_NOT_FOUND', message: 'There is no such file' },
    request,
  );
}

/** The client may not have it. */
export function forbidden(request: Request): Response {
  return problemResponse(403, { code: 'FORBIDDEN', message: 'This file is not for you' }, request);
}

/** Its URL does not allow it. 403 in both cases, as S3 answers: 410 would say that the file is gone for ever. */
export function urlRejected(reason: 'forged' | 'expired', request: Request): Response {
  const message =
    reason === 'expired'
      ? 'The link is over, get a new one'
      : 'The link is not signed for this file';
  return problemResponse(403, { code: 'URL_REJECTED', reason, message }, request);
}

/** The method is none of `allowed`. */
export function methodNotAllowed(request: Request, allowed: string): Response {
  const message = `Only ${allowed} are allowed here`;
  const response = problemResponse(405, { code: 'METHOD_NOT_ALLOWED', message }, request);
  response.headers.set('Allow', allowed);
  return response;
}

/** The client wants it only in a state that it is not in. */
export function preconditionFailed(request: Request): Response {
  const message = 'The file is not the one that was asked for';
  return problemResponse(412, { code: 'PRECONDITION_FAILED', message }, request);
}

/** Every range begins behind the end. */
export function rangeNotSatisfiable(request: Request, size: number): Response {
  const message = `The file has ${size} bytes`;
  const response = problemResponse(416, { code: 'RANGE_NOT_SATISFIABLE', message }, request);
  response.headers.set('Content-Range', `bytes */${size}`);
  return response;
}
