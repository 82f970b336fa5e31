export { HttpError, type HttpFault } from './errors.ts'
export { createHttpServer, type HttpServer, type HttpServerInit } from './server.ts'
export { type StatusView, statusViewSchema, type TaskStatus } from './status-view.ts'
