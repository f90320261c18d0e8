/**
 * A text without passwords in URLs, and without the queries of signed ones: messages of drivers and clients may hold
 * what they were given.
 */
export function redacted(text: string): string {
  return text
    .replaceAll(/\b([a-z][a-z\d+.-]*:\/\/)[^\s/@"']*@/gi, '$1***@')
    .replaceAll(/(https?:\/\/[^\s?"']+)\?[^\s"']*/gi, '$1?***')
    .replaceAll(/\b(password|secret\w*|signature|token)=[^\s&"']+/gi, '$1=***');
}
