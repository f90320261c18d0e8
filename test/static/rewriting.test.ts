import { MemoryStorage } from '@filefield/core';
import { collectStatic, parseManifest, StaticFilesError } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { namesIn, textOf } from './collected.ts';
import { sourceTree, type Tree } from './source-tree.ts';

const site: Tree = {
  'cached/other.css': '',
  'cached/styles.css': '@import url("other.css");\n',
  'cached/insensitive.css': '@IMporT uRl("other.css");\n',
  'cached/absolute.css':
    '@import url("/static/cached/styles.css");\nbody { background: #d3d6d8 url(/static/cached/img/relative.png); }\n',
  'cached/relative.css':
    '@import url("../cached/styles.css");\n@import   "styles.css" screen;\n' +
    "body { background: url( img/relative.png ); }\na{b:url('img/relative.png?v=1&x=2#frag')}\n",
  'cached/ignored.css':
    'a{b:url(//foobar) url("data:image/png;base64,xx") url(http:foobar) url(#default#VML) url(/other/x.png)}',
  'cached/nested.css': 'a{b:url("data:image/svg+xml;charset=utf8,%3Csvg filter=\'url(%23b)\'%3E")}',
  'cached/spaces.css': 'a{b:url("img/a%20b.png")}',
  'cached/img/relative.png': 'png',
  'cached/img/a b.png': 'sp',
  'cached/css/fragments.css':
    '@font-face{src:url("fonts/font.eot?#iefix") format("x"), url(fonts/font.svg#webfontIyfZbseF), ' +
    'url(fonts/font.svg#path/to/../../fonts/font.svg), url("fonts/font.eot?v=4.7#iefix"), url(fonts/../fonts/./font.eot)}',
  'cached/css/fonts/font.eot': 'eot',
  'cached/css/fonts/font.svg': 'svg',
  'maps/a.css': '* {outline: 1px solid red}\n/*# sourceMappingURL=a.css.map*/\nrest {}\n',
  'maps/a.css.map': '{}',
  'maps/tabs.css': '* {}\n/*#\tsourceMappingURL=a.css.map \t */\n',
  'maps/a.js': '//# sourceMappingURL=a.js.map\nlet a_variable = 1;\n',
  'maps/a.js.map': '{}',
  'maps/space.js': 'x\n//# sourceMappingURL=a.js.map\t \n',
  'maps/data.js': '//# sourceMappingURL=data:application/json;charset=utf-8;base64,dXJs\n',
  'modules/a.js':
    'import { a } from "./b.js";\nimport * as c from "./sub/c.js";\nexport { d } from "/static/modules/sub/c.js";\n' +
    'export * from "./b.js";\nconst m = await import("./sub/c.js");\nimport x from "@vendor/x";\n',
  'modules/b.js': 'export const a = 1;\n',
  'modules/sub/c.js': 'import { a } from "../b.js";\nexport const d = 2;\n',
};

// What `manage.py collectstatic` of Django 5.2.17 wrote for these files, with modules where `support_js_module_import_aggregation` is set.
const django = String.raw`{"paths": {"cached/css/fonts/font.svg": "cached/css/fonts/font.ae8eb96df05e.svg", "cached/css/fonts/font.eot": "cached/css/fonts/font.8cc16517b421.eot", "modules/sub/c.js": "modules/sub/c.d0accfb0c5bd.js", "cached/img/relative.png": "cached/img/relative.bff139fa05ac.png", "cached/img/a b.png": "cached/img/a b.1952a0189807.png", "cached/css/fragments.css": "cached/css/fragments.a6f95b107396.css", "modules/a.js": "modules/a.5f0a81c538fd.js", "modules/b.js": "modules/b.7fe5b7cbaa60.js", "cached/styles.css": "cached/styles.5e0040571e1a.css", "cached/insensitive.css": "cached/insensitive.3fa427592a53.css", "cached/other.css": "cached/other.d41d8cd98f00.css", "cached/spaces.css": "cached/spaces.f5565fb0e9c3.css", "cached/relative.css": "cached/relative.5f004fc2b215.css", "cached/nested.css": "cached/nested.075874d83348.css", "cached/ignored.css": "cached/ignored.d6e7c78c597a.css", "cached/absolute.css": "cached/absolute.3fd961ad6c61.css", "maps/a.css": "maps/a.11c6eb2bc0b9.css", "maps/a.js": "maps/a.472b74aa88ea.js", "maps/space.js": "maps/space.60e98ff5e679.js", "maps/a.css.map": "maps/a.css.99914b932bd3.map", "maps/tabs.css": "maps/tabs.a77fd54ef046.css", "maps/data.js": "maps/data.75f23114bb1e.js", "maps/a.js.map": "maps/a.js.99914b932bd3.map"}, "version": "1.1", "hash": "4f26020d79af"}`;
const djangoModules = {
  'modules/a.js': 'modules/a.91b2b60e1372.js',
  'modules/b.js': 'modules/b.7fe5b7cbaa60.js',
  'modules/sub/c.js': 'modules/sub/c.88af559fa0bf.js',
};

async function pathsOf(files: Tree, modules: boolean): Promise<ReadonlyMap<string, string>> {
  const sources = [await sourceTree(files)];
  const { manifest } = await collectStatic({ sources, storage: new MemoryStorage(), modules });
  return manifest!.paths;
}

async function collected(files: Tree, name: string, modules = false): Promise<string> {
  const storage = new MemoryStorage();
  const { manifest } = await collectStatic({
    sources: [await sourceTree(files)],
    storage,
    modules,
  });
  return textOf(storage, manifest!.paths.get(name)!);
}

describe('the names that processing finds', () => {
  it('are those that Django gives the same files', async () => {
    const paths = await pathsOf(site, false);

    expect(Object.fromEntries(paths)).toEqual(Object.fromEntries(parseManifest(django).paths));
  });

  it('are those that Django gives modules too', async () => {
    const paths = await pathsOf(site, true);

    expect(Object.fromEntries(paths)).toMatchObject(djangoModules);
  });

  it('change with whatever a file refers to, however far away', async () => {
    const before = await pathsOf(site, false);

    const after = await pathsOf({ ...site, 'cached/other.css': 'a{}' }, false);

    const changed = [...after].filter(([name, hashed]) => before.get(name) !== hashed);
    expect(changed.map(([name]) => name).toSorted()).toEqual([
      'cached/absolute.css',
      'cached/insensitive.css',
      'cached/other.css',
      'cached/relative.css',
      'cached/styles.css',
    ]);
  });
});

describe('a reference', () => {
  it('to a hashed name stays as it is', async () => {
    const css = 'a{b:url(a.0cc175b9c0f1.png) url("b.css")}';

    const text = await collected({ 'a.css': css, 'b.css': '', 'a.png': 'a' }, 'a.css');

    expect(text).toBe('a{b:url(a.0cc175b9c0f1.png) url("b.d41d8cd98f00.css")}');
  });

  it('keeps a byte order mark before it, and line ends after it', async () => {
    const css = '\ufeffa{b:url(a.png)}\r\nc{d:"é"}\r\n';

    const text = await collected({ 'a.css': Buffer.from(css), 'a.png': 'a' }, 'a.css');

    expect(text).toBe('a{b:url("a.0cc175b9c0f1.png")}\r\nc{d:"é"}\r\n');
  });

  it('from one module to another stays as it is unless that is asked for', async () => {
    const files = { 'a.mjs': "import './b.js'", 'b.js': 'b' };

    expect(await collected(files, 'a.mjs')).toBe("import './b.js'");
    expect(await collected(files, 'a.mjs', true)).toBe('import "./b.92eb5ffee6ae.js"');
  });
});

const wrong = [
  {
    what: 'a file that no source has',
    files: { 'css/a.css': 'a{}\n\nb{c:url(../gone.png?x)}', 'b.css': '' },
    problem: { reason: 'missing', name: 'css/a.css', line: 3 },
    message: '"css/a.css" refers to "../gone.png?x" in line 3, no source has "gone.png"',
  },
  {
    what: 'a hashed name of other bytes',
    files: { 'a.css': 'a{b:url(a.ffffffffffff.png)}', 'a.png': 'a' },
    problem: { reason: 'missing', name: 'a.css', line: 1 },
    message: '"a.css" refers to "a.ffffffffffff.png" in line 1, no source has "a.ffffffffffff.png"',
  },
  {
    what: 'a source map that is not there',
    files: { 'a.js': 'a\n//# sourceMappingURL=a.js.map' },
    problem: { reason: 'missing', name: 'a.js', line: 2 },
    message: '"a.js" refers to "a.js.map" in line 2, no source has "a.js.map"',
  },
  {
    what: 'files in a loop',
    files: {
      'bar.css': '@import "baz.css";',
      'baz.css': '\n@import "foo.css";',
      'foo.css': '@import "bar.css";',
      'top.css': '@import "foo.css";',
    },
    problem: { reason: 'loop', name: 'bar.css', line: 1 },
    message:
      '"bar.css" → "baz.css" → "foo.css" → "bar.css" refer to each other in a loop, line 1 of the first',
  },
  {
    what: 'a file that refers to itself',
    files: { 'a.css': 'a{}\n@import "a.css";' },
    problem: { reason: 'loop', name: 'a.css', line: 2 },
    message: '"a.css" → "a.css" refer to each other in a loop, line 2 of the first',
  },
  {
    what: 'a text that is not UTF-8',
    files: { 'a.css': Buffer.from('é{}\n/* caf\xe9 */\nb{}', 'latin1').fill('e', 0, 1) },
    problem: { reason: 'encoding', name: 'a.css', line: 2 },
    message: '"a.css" is not UTF-8, line 2',
  },
  {
    what: 'a module that cannot be read',
    files: { 'a.js': 'let a;\nimport { a from "./b.js"' },
    problem: { reason: 'syntax', name: 'a.js', line: 2 },
    message: '"a.js" cannot be read as a JavaScript module, line 2',
  },
];

describe('collecting', () => {
  it.each(wrong)('ends at $what, before anything is stored', async ({ files, message }) => {
    const storage = new MemoryStorage();

    const collecting = collectStatic({
      sources: [await sourceTree(files)],
      storage,
      modules: true,
    });

    await expect(collecting).rejects.toThrow(StaticFilesError);
    await expect(collecting).rejects.toThrow(`Cannot collect static files: ${message}`);
    expect(await namesIn(storage)).toEqual([]);
  });

  it.each(wrong)('tells of $what and goes on where it is lenient', async ({ files, problem }) => {
    const storage = new MemoryStorage();
    const sources = [await sourceTree(files)];

    const { manifest, problems } = await collectStatic({
      sources,
      storage,
      modules: true,
      strict: false,
    });

    expect(problems).toEqual([expect.objectContaining(problem)]);
    expect([...manifest!.paths.keys()].toSorted()).toEqual(Object.keys(files).toSorted());
  });

  it('tells all that is wrong, and names the first ten', async () => {
    const css = Array.from({ length: 12 }, (_, index) => `url(${index}.png)`).join('\n');
    const sources = [await sourceTree({ 'a.css': css })];

    const error = await collectStatic({ sources, storage: new MemoryStorage() }).catch(
      (thrown: unknown) => thrown,
    );

    expect(error).toBeInstanceOf(StaticFilesError);
    expect((error as StaticFilesError).problems).toHaveLength(12);
    expect((error as StaticFilesError).message).toMatch(/in line 10, [^;]*; and 2 more$/);
  });
});

describe('files in a loop', () => {
  const loop = {
    'a.js': 'import "./b.js"; import "./c.js"',
    'b.js': 'import "./a.js"',
    'c.js': '',
  };
  const namesOf = async (files: Tree): Promise<(string | undefined)[]> => {
    const sources = [await sourceTree(files)];
    const storage = new MemoryStorage();
    const { manifest } = await collectStatic({ sources, storage, modules: true, strict: false });
    return ['a.js', 'b.js'].map((name) => manifest?.paths.get(name));
  };

  it('refer to each other by names that change with any of them', async () => {
    const before = await namesOf(loop);

    const after = await namesOf({ ...loop, 'b.js': 'import "./a.js";' });
    const outside = await namesOf({ ...loop, 'c.js': 'c' });

    expect(new Set([...before, ...after, ...outside]).size).toBe(6);
    expect(await namesOf(loop)).toEqual(before);
  });

  it('hold those names', async () => {
    const sources = [await sourceTree(loop)];
    const storage = new MemoryStorage();

    const { manifest } = await collectStatic({ sources, storage, modules: true, strict: false });

    const [a, b] = [manifest!.paths.get('a.js')!, manifest!.paths.get('b.js')!];
    expect(await textOf(storage, a)).toBe(`import "./${b}"; import "./c.d41d8cd98f00.js"`);
    expect(await textOf(storage, b)).toBe(`import "./${a}"`);
  });
});
