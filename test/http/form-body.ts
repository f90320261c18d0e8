/** One part of a multipart body as it goes over the wire. */
export function part(headers: string, body: string): string {
  return `--x\r\n${headers}\r\n\r\n${body}\r\n`;
}

export function field(name: string, value: string): string {
  return part(`Content-Disposition: form-data; name="${name}"`, value);
}

export function file(name: string, filename: string, body: string, type = 'text/plain'): string {
  const disposition = `Content-Disposition: form-data; name="${name}"; filename="${filename}"`;
  return part(`${disposition}\r\nContent-Type: ${type}`, body);
}

/** The end of a body. */
export const end = '--x--\r\n';

/** A request with such a body, which arrives in chunks of so many bytes. */
export function formRequest(
  body: string | Uint8Array,
  { type = 'multipart/form-data; boundary=x', chunk = 1000 } = {},
): Request {
  const bytes = Buffer.from(body);
  const chunks = Array.from({ length: Math.ceil(bytes.byteLength / chunk) }, (_, index) =>
    bytes.subarray(index * chunk, (index + 1) * chunk),
  );
  return new Request('https://site.test/', {
    method: 'POST',
    headers: { 'Content-Type': type },
    body: ReadableStream.from(chunks),
    duplex: 'half',
  });
}
