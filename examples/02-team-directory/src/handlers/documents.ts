import { Document } from '../document.ts';
import type { AppContext } from '../env.ts';
import { fileProblems } from '../file-problems.ts';
import { Member } from '../member.ts';
import { sentForm } from '../sent-form.ts';
import { showMember } from './show-member.ts';

export async function addDocument(c: AppContext): Promise<Response> {
  const { em } = c.var;
  const member = em.getReference(Member, Number(c.req.param('id')));
  const { file } = await sentForm(c);
  if (file === null) return await showMember(c, member.id, { file: ['Choose a file.'] });
  em.create(Document, { member, file });
  try {
    await em.flush();
  } catch (error) {
    return await showMember(c, member.id, { file: fileProblems(error) });
  }
  return backTo(c, member);
}

export async function replaceDocument(c: AppContext): Promise<Response> {
  const document = await documentOf(c);
  const { file } = await sentForm(c);
  if (file !== null) document.file = file;
  try {
    await c.var.em.flush();
  } catch (error) {
    const problems = { [`file-${document.id}`]: fileProblems(error) };
    return await showMember(c, document.member.id, problems);
  }
  return backTo(c, document.member);
}

/** Downloads are called by the new name; the object stays where it is. */
export async function renameDocument(c: AppContext): Promise<Response> {
  const document = await documentOf(c);
  document.file = document.file.withFilename((await sentForm(c)).text('filename'));
  await c.var.em.flush();
  return backTo(c, document.member);
}

export async function deleteDocument(c: AppContext): Promise<Response> {
  const document = await documentOf(c);
  await c.var.em.remove(document).flush();
  return backTo(c, document.member);
}

/** @throws NotFoundError, which becomes a 404, where there is none. */
export async function documentOf(c: AppContext): Promise<Document> {
  return await c.var.em.findOneOrFail(Document, { id: Number(c.req.param('id')) });
}

function backTo(c: AppContext, { id }: { readonly id: number }): Response {
  return c.redirect(`/members/${id}`, 303);
}
