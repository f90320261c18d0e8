import { describe, expect, it } from 'vitest';
import { referenceTarget } from '../../packages/static/src/reference-target.ts';

describe('a URL in css/app.css', () => {
  it.each([
    { of: 'a file beside it', url: 'a.png', name: 'css/a.png', written: 'a.H.png' },
    { of: 'a file above it', url: '../img/a.png', name: 'img/a.png', written: '../img/a.H.png' },
    {
      of: 'a file from the root',
      url: '/static/img/a.png',
      name: 'img/a.png',
      written: '/static/img/a.H.png',
    },
    { of: 'a file by a detour', url: './x/../a.png', name: 'css/a.png', written: './x/../a.H.png' },
    {
      of: 'a file by way of the root',
      url: '../../static/a.png',
      name: 'a.png',
      written: '../../static/a.H.png',
    },
    { of: 'a part of a file', url: 'a.svg#b/../c', name: 'css/a.svg', written: 'a.H.png#b/../c' },
    {
      of: 'a file with a query',
      url: 'a.eot?v=1.2&w#x',
      name: 'css/a.eot',
      written: 'a.H.png?v=1.2&w#x',
    },
    {
      of: 'a font for old browsers',
      url: 'a.eot?#iefix',
      name: 'css/a.eot',
      written: 'a.H.png?#iefix',
    },
    {
      of: 'an encoded name',
      url: 'my%20img/a%20b.png',
      name: 'css/my img/a b.png',
      written: 'my img/a.H.png',
    },
    {
      of: 'a name in another language',
      url: '%C3%BC/a.png',
      name: 'css/ü/a.png',
      written: 'ü/a.H.png',
    },
    {
      of: 'a decomposed name',
      url: 'u\u0308/a.png',
      name: 'css/ü/a.png',
      written: 'u\u0308/a.H.png',
    },
    {
      of: 'a name that would end the string',
      url: 'a%22%23/b.png',
      name: 'css/a"#/b.png',
      written: 'a%22%23/a.H.png',
    },
    {
      of: 'a name with a wrong encoding',
      url: 'a%zz.png',
      name: 'css/a%zz.png',
      written: 'a.H.png',
    },
    {
      of: 'a path of Windows',
      url: String.raw`..\img\a.png`,
      name: 'img/a.png',
      written: '../img/a.H.png',
    },
  ])('of $of leads to it', ({ url, name, written }) => {
    const target = referenceTarget(url, 'css/app.css', '/static/');

    expect(target?.name).toBe(name);
    expect(target?.urlOf('a.H.png')).toBe(written);
  });

  it.each([
    { of: 'nothing', url: '' },
    { of: 'a part of the page', url: '#default#VML' },
    { of: 'a query of the page', url: '?a' },
    { of: 'data', url: 'data:image/png;base64,AAAA' },
    { of: 'another site', url: 'https://example.net/static/a.png' },
    { of: 'another site, protocol-relative', url: '//example.net/static/a.png' },
    { of: 'a scheme without a site', url: 'http:a.png' },
    { of: 'a part of the browser', url: 'chrome:foobar' },
    { of: 'a path outside the static files', url: '/media/a.png' },
    { of: 'a path that only begins alike', url: '/static-old/a.png' },
    { of: 'a path that leads out', url: '../../media/a.png' },
    { of: 'a directory', url: 'img/' },
    { of: 'the root', url: '/static/' },
    { of: 'something that is no URL', url: 'http://[' },
  ])('of $of leads to no static file', ({ url }) => {
    expect(referenceTarget(url, 'css/app.css', '/static/')).toBeUndefined();
  });

  it('leads to static files of another site where they are served there', () => {
    const base = 'https://static.example.net/v1/';

    const target = referenceTarget('https://static.example.net/v1/a.png?b', 'css/app.css', base);

    expect(target?.name).toBe('a.png');
    expect(target?.urlOf('a.H.png')).toBe('https://static.example.net/v1/a.H.png?b');
    expect(referenceTarget('https://static.example.net/a.png', 'a.css', base)).toBeUndefined();
  });
});
