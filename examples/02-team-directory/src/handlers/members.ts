import type { AppContext } from '../env.ts';
import { Member } from '../member.ts';
import { galleryPage } from '../pages/gallery-page.ts';
import { sentForm } from '../sent-form.ts';
import { showMember } from './show-member.ts';

/** One query; the URLs of the avatars come with it. */
export async function listMembers(c: AppContext): Promise<Response> {
  return await c.html(galleryPage(await allMembers(c)));
}

export async function addMember(c: AppContext): Promise<Response> {
  const { text, file: avatar, problems } = await sentForm(c, Member, 'avatar');
  const typed = { name: text('name'), title: text('title') };
  if (problems.length > 0) {
    return await c.html(galleryPage(await allMembers(c), { ...typed, problems }), 422);
  }
  const member = c.var.em.create(Member, { ...typed, avatar });
  await c.var.em.flush();
  return c.redirect(`/members/${member.id}`, 303);
}

export async function replaceAvatar(c: AppContext): Promise<Response> {
  const member = await memberOf(c);
  const { file, problems } = await sentForm(c, Member, 'avatar');
  if (file === null) return await showMember(c, member.id, { avatar: problems });
  member.avatar = file;
  await c.var.em.flush();
  return c.redirect(`/members/${member.id}`, 303);
}

export async function removeAvatar(c: AppContext): Promise<Response> {
  const member = await memberOf(c);
  member.avatar = null;
  await c.var.em.flush();
  return c.redirect(`/members/${member.id}`, 303);
}

export async function deleteMember(c: AppContext): Promise<Response> {
  await c.var.em.remove(await memberOf(c)).flush();
  return c.redirect('/', 303);
}

async function memberOf(c: AppContext): Promise<Member> {
  return await c.var.em.findOneOrFail(Member, { id: Number(c.req.param('id')) });
}

async function allMembers(c: AppContext): Promise<Member[]> {
  return await c.var.em.find(Member, {}, { orderBy: { name: 'asc' } });
}
