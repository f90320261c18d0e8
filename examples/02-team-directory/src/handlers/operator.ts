import type { ReconcileReport } from '@filefield/mikro-orm';
import type { AppContext } from '../env.ts';
import { operatorPage } from '../pages/operator-page.ts';
import { nextDue, storageUsage } from '../storage-usage.ts';

let reconciled: { readonly at: Date; readonly report: ReconcileReport } | undefined;

export async function showOperator(c: AppContext): Promise<Response> {
  const { em, files } = c.var;
  const stats = await files.worker.stats();
  const [usage, due] = [await storageUsage(em), await nextDue(em)];
  return await c.html(operatorPage({ stats, usage, due, reconciled }));
}

/** Looks, and changes nothing. */
export async function reconcile(c: AppContext): Promise<Response> {
  reconciled = { report: await c.var.files.reconcile({ dryRun: true }), at: new Date() };
  return c.redirect('/operator', 303);
}
