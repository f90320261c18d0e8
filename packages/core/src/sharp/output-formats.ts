/** What sharp calls the types that it makes. */
export const outputFormats: Readonly<Record<string, 'webp' | 'avif' | 'jpeg' | 'png' | undefined>> =
  {
    'image/webp': 'webp',
    'image/avif': 'avif',
    'image/jpeg': 'jpeg',
    'image/png': 'png',
  };
