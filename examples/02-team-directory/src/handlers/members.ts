import type { AppContext } from '../env.ts';
import { fileProblems } from '../file-problems.ts';
import { Member } from '../member.ts';
import { galleryPage } from '../pages/gallery-page.ts';
import { sentForm } from '../sent-form.ts';
import { showMember } from './show-member.ts';

/** One query; the URLs of the avatars come with it. */
export async function listMembers(c: AppContext): Promise<Response> {
  return await c.html(galleryPage(await allMembers(c)));
}

export async function addMember(c: AppContext): Promise<Response> {
  const { em } = c.var;
  const form = await sentForm(c);
  const typed = { name: form.text('name'), title: form.text('title') };
  const member = em.create(Member, { ...typed, avatar: form.file });
  try {
    await em.flush();
  } catch (error) {
    const problems = fileProblems(error);
    return await c.html(galleryPage(await allMembers(c), { ...typed, problems }), 422);
  }
  return c.redirect(`/members/${member.id}`, 303);
}

export async function replaceAvatar(c: AppContext): Promise<Response> {
  const { em } = c.var;
  const member = await memberOf(c);
  const { file } = await sentForm(c);
  if (file !== null) member.avatar = file;
  try {
    await em.flush();
  } catch (error) {
    return await showMember(c, member.id, { avatar: fileProblems(error) });
  }
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
  return await c.var.em.fork().find(Member, {}, { orderBy: { name: 'asc' } });
}
