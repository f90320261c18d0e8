export { fastifyHandler } from './fastify-handler.ts';
export { koaHandler } from './koa-handler.ts';
export { nodeHandler, type NodeHandler, type NodeHandlerOptions } from './node-handler.ts';
export { requestOf } from './request-of.ts';
