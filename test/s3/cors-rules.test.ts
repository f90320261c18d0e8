import { corsRules } from '@filefield/s3';
import { describe, expect, it } from 'vitest';

describe('CORS rules', () => {
  it('are JSON for `aws s3api put-bucket-cors`', () => {
    const rules = corsRules({ origins: ['https://app.example.com'], maxAge: 60 });

    expect(JSON.parse(JSON.stringify(rules))).toEqual(rules);
    expect(rules.CORSRules).toEqual([
      {
        ID: 'filefield',
        AllowedOrigins: ['https://app.example.com'],
        AllowedMethods: ['GET', 'HEAD', 'DELETE', 'POST', 'PUT'],
        AllowedHeaders: [
          'if-match',
          'if-modified-since',
          'if-none-match',
          'if-range',
          'range',
          'content-disposition',
          'content-type',
          'x-amz-*',
        ],
        ExposeHeaders: ['Accept-Ranges', 'Content-Disposition', 'Content-Range', 'ETag'],
        MaxAgeSeconds: 60,
      },
    ]);
  });

  it('may be for reading alone', () => {
    const { CORSRules } = corsRules({ origins: ['https://app.example.com'], uploads: false });

    expect(CORSRules).toMatchObject([{ AllowedMethods: ['GET', 'HEAD'] }]);
    expect(CORSRules[0]?.AllowedHeaders).not.toContain('x-amz-*');
  });

  it.each([
    ['everybody', '*'],
    ['a slash', 'https://app.example.com/'],
    ['a path', 'https://app.example.com/app'],
    ['no scheme', 'app.example.com'],
    ['another scheme', 'file:///app'],
    ['a star within a name', 'https://*app.example.com'],
    ['a user', 'https://me@app.example.com'],
    ['the port that goes without saying', 'https://app.example.com:443'],
    ['capitals, which no browser sends', 'https://App.example.com'],
    ['no origin', 'null'],
  ])('are for no %s', (_what, origin) => {
    expect(() => corsRules({ origins: [origin] })).toThrow(
      `Cannot write CORS rules: ${JSON.stringify(origin)} is no origin such as "https://app.example.com"`,
    );
  });

  it('are for somebody', () => {
    expect(() => corsRules({ origins: [] })).toThrow('Cannot write CORS rules: there is no origin');
  });
});
