import { downloadHandler } from '@filefield/http';
import { Document } from '../document.ts';
import type { AppContext } from '../env.ts';
import { Member } from '../member.ts';
import { sentForm } from '../sent-form.ts';
import { showMember } from './show-member.ts';

export async function addDocument(c: AppContext): Promise<Response> {
  const { em } = c.var;
  const member = await em.findOneOrFail(Member, { id: Number(c.req.param('id')) });
  const { file, problems } = await sentForm(c, Document, 'file');
  if (file === null) return await showMember(c, member.id, { file: problems });
  em.create(Document, { member, file });
  await em.flush();
  return backTo(c, member);
}

export async function replaceDocument(c: AppContext): Promise<Response> {
  const document = await documentOf(c);
  const { file, problems } = await sentForm(c, Document, 'file');
  if (file === null) {
    return await showMember(c, document.member.id, { [`file-${document.id}`]: problems });
  }
  document.file = file;
  await c.var.em.flush();
  return backTo(c, document.member);
}

/** Downloads are called by the new name; the object stays where it is. */
export async function renameDocument(c: AppContext): Promise<Response> {
  const document = await documentOf(c);
  const { filename } = await c.req.parseBody<{ filename: string }>();
  document.file = document.file.withFilename(filename);
  await c.var.em.flush();
  return backTo(c, document.member);
}

export async function deleteDocument(c: AppContext): Promise<Response> {
  const document = await documentOf(c);
  await c.var.em.remove(document).flush();
  return backTo(c, document.member);
}

/** Streams the file from this disk, or sends the browser to the bucket with a signed URL. */
export async function downloadDocument(c: AppContext): Promise<Response> {
  const download = downloadHandler({
    // Everybody in the team may read everything; another application asks who it is.
    authorize: async () => (await documentOf(c)).file,
    disposition: 'attachment',
  });
  return await download(c.req.raw);
}

async function documentOf(c: AppContext): Promise<Document> {
  return await c.var.em.findOneOrFail(Document, { id: Number(c.req.param('id')) });
}

function backTo(c: AppContext, { id }: { readonly id: number }): Response {
  return c.redirect(`/members/${id}`, 303);
}
