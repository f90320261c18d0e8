/** Answers a request: the form that all handlers of this package have. */
export type WebHandler = (request: Request) => Promise<Response>;
