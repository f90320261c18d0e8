import { Document } from '../document.ts';
import type { AppContext } from '../env.ts';
import { Member } from '../member.ts';
import { memberPage, type Problems } from '../pages/member-page.ts';

/** The page of a member, after a refused file with what was wrong. */
export async function showMember(
  c: AppContext,
  id = Number(c.req.param('id')),
  problems?: Problems,
): Promise<Response> {
  const { em } = c.var;
  const member = await em.findOneOrFail(Member, { id });
  const documents = await em.find(Document, { member }, { orderBy: { id: 'asc' } });
  return await c.html(memberPage(member, documents, problems), problems ? 422 : 200);
}
