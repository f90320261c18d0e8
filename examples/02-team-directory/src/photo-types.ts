/** What people may upload as a picture: what browsers show, and what the engine decodes. */
export const photoTypes = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/avif',
  'image/gif',
] as const;
