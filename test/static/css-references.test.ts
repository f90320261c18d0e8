import { describe, expect, it } from 'vitest';
import { cssReferences } from '../../packages/static/src/css-references.ts';

/** The text with `NEW` in place of every URL. */
function rewritten(text: string): string {
  return cssReferences(text).reduceRight(
    (rest, { start, end, write }) => rest.slice(0, start) + write('NEW') + rest.slice(end),
    text,
  );
}

const urls = (text: string): string[] => cssReferences(text).map(({ url }) => url);

describe('a style sheet refers to', () => {
  it.each([
    { what: 'a bare URL', css: 'a { b: url(img/a.png) }', url: 'img/a.png' },
    { what: 'a URL in double quotes', css: 'a { b: url("img/a.png") }', url: 'img/a.png' },
    { what: 'a URL in single quotes', css: "a { b: url('img/a.png') }", url: 'img/a.png' },
    { what: 'a URL with space around it', css: 'a { b: url(\n img/a.png ) }', url: 'img/a.png' },
    { what: 'a quoted URL with space around it', css: 'a{b:url( "img/a.png" )}', url: 'img/a.png' },
    { what: 'a URL in capitals', css: '@IMporT uRl("other.css");', url: 'other.css' },
    { what: 'an imported style sheet', css: '@import "other.css";', url: 'other.css' },
    { what: 'an import without space', css: "@import'other.css';", url: 'other.css' },
    {
      what: 'an import for a medium',
      css: '@import "other.css" layer(a) screen;',
      url: 'other.css',
    },
    {
      what: 'an import after a comment',
      css: '@import /* "no.css" */ "other.css";',
      url: 'other.css',
    },
    {
      what: 'a URL with an escaped character',
      css: String.raw`a{b:url(a\ \28 1\29.png)}`,
      url: 'a (1).png',
    },
    {
      what: 'a string with an escaped quote',
      css: String.raw`a{b:url("a\"b.png")}`,
      url: 'a"b.png',
    },
    {
      what: 'a URL after an escaped quote',
      css: String.raw`a::before{content:"\"";b:url(a.png)}`,
      url: 'a.png',
    },
    { what: 'a URL after an open string', css: 'a{content:"oops\n;b:url(a.png)}', url: 'a.png' },
    {
      what: 'a data: URL that holds a URL',
      css: 'a{b:url("data:x,%3Csvg filter=\'url(%23b)\'%3E")}',
      url: "data:x,%3Csvg filter='url(%23b)'%3E",
    },
    { what: 'its source map', css: 'a{}\n/*# sourceMappingURL=a.css.map */\n', url: 'a.css.map' },
    {
      what: 'its source map, without space',
      css: '/*# sourceMappingURL=a.css.map*/',
      url: 'a.css.map',
    },
    {
      what: 'its source map, with tabs',
      css: '/*#\tsourceMappingURL=a.css.map \t */',
      url: 'a.css.map',
    },
    {
      what: 'its source map on Windows',
      css: 'a{}\r\n/*# sourceMappingURL=a.css.map */\r\n',
      url: 'a.css.map',
    },
  ])('$what', ({ css, url }) => {
    expect(urls(css)).toEqual([url]);
  });

  it('all of several files', () => {
    const css = '@font-face{src:url(a.eot);src:url("a.eot?#iefix") format("x"),url(a.svg#b)}';

    expect(urls(css)).toEqual(['a.eot', 'a.eot?#iefix', 'a.svg#b']);
  });
});

describe('a style sheet does not refer to', () => {
  it.each([
    { what: 'a URL in a comment', css: '/* url(a.png) @import "b.css"; */' },
    { what: 'a URL in an open comment', css: 'a{} /* url(a.png)' },
    { what: 'a URL in a string', css: 'a::before{content:"url(a.png)"}' },
    { what: 'a string that is not imported', css: '@charset "utf-8"; a{content:"b.css"}' },
    { what: 'a string after an import', css: '@import; a{content:"b.css"}' },
    { what: 'the name of another function', css: 'a{b:my-url(a.png) curl(a.png)}' },
    { what: 'a namespace', css: '@namespace svg url(http-www-w3-org.svg);' },
    { what: 'what is no URL in CSS', css: 'a{b:url(a b.png) url(a"b.png)}' },
    { what: 'a URL without end', css: 'a{b:url(a.png' },
    { what: 'a source map of another spelling', css: '/*# sOuRcEMaPpInGURL=a.css.map */' },
    { what: 'a source map inside a line', css: 'a{} /*# sourceMappingURL=a.css.map */' },
  ])('$what', ({ css }) => {
    expect(urls(css)).toEqual([]);
  });
});

describe('a reference in a style sheet is written as Django writes it:', () => {
  it.each([
    { what: 'a bare URL with quotes', css: 'a{b:url( img/a.png )}', written: 'a{b:url("NEW")}' },
    {
      what: 'an import as a URL',
      css: "@IMPORT  'a.css' screen;",
      written: '@import url("NEW") screen;',
    },
    {
      what: 'an import after a comment beside it',
      css: '@import/*c*/"a.css";',
      written: '@import/*c*/url("NEW");',
    },
    {
      what: 'an imported URL as it is',
      css: '@import url(a.css) screen;',
      written: '@import url("NEW") screen;',
    },
    {
      what: 'a source map with single spaces',
      css: '/*#\tsourceMappingURL=a.map\t*/',
      written: '/*# sourceMappingURL=NEW */',
    },
  ])('$what', ({ css, written }) => {
    expect(rewritten(css)).toBe(written);
  });

  it('nothing else changes', () => {
    const css = '/* é */\r\n@charset "utf-8";\na{b:url(a.png),"url(b.png)"}\n\n/* url(c.png) */';

    expect(rewritten(css)).toBe(css.replace('url(a.png)', 'url("NEW")'));
  });
});
