import type { FileFields } from '@filefield/mikro-orm';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Context } from 'hono';

/** What every handler finds in `c.var`. */
export interface Env {
  Variables: {
    /** Of this request alone. */
    em: EntityManager;
    files: FileFields;
    /** Who uses the browser; an application with a login takes the user's id. */
    session: string;
  };
}

/** What handlers are given. */
export type AppContext = Context<Env>;
