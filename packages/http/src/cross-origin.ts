/** Lets pages of these origins send requests and read answers; the browser asks first (CORS). */
export class CrossOrigin {
  readonly #origins: ReadonlySet<string>;

  /** @throws TypeError when one is no origin, such as `*` or one that ends with a slash. */
  constructor(origins: readonly string[]) {
    for (const origin of origins) {
      if (URL.canParse(origin) && new URL(origin).origin === origin) continue;
      throw new TypeError(
        `Cannot let ${JSON.stringify(origin)} upload: it is no origin such as https://app.example.com`,
      );
    }
    this.#origins = new Set(origins);
  }

  /** The answer to the question whether a request may be sent; `undefined` where the request is none, or not for others. */
  preflight(request: Request): Response | undefined {
    if (request.method !== 'OPTIONS' || !this.#allows(request)) return undefined;
    const headers = new Headers({
      'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE',
      'Access-Control-Max-Age': '7200',
    });
    const asked = request.headers.get('access-control-request-headers');
    if (asked !== null) headers.set('Access-Control-Allow-Headers', asked);
    return new Response(null, { status: 204, headers });
  }

  /** Tells the browser who may read the answer. */
  allow(request: Request, answer: Response): Response {
    if (this.#origins.size === 0) return answer;
    // Headers of redirects, and of what was fetched, cannot be changed.
    const response = new Response(answer.body, answer);
    response.headers.append('Vary', 'Origin');
    if (!this.#allows(request)) return response;
    response.headers.set('Access-Control-Allow-Origin', request.headers.get('origin') ?? '');
    response.headers.set('Access-Control-Allow-Credentials', 'true');
    response.headers.set('Access-Control-Expose-Headers', 'ETag, Location');
    return response;
  }

  #allows(request: Request): boolean {
    return this.#origins.has(request.headers.get('origin') ?? '');
  }
}
