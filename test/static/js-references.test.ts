import { describe, expect, it } from 'vitest';
import { moduleReferences, sourceMapReference } from '../../packages/static/src/js-references.ts';

describe('a script refers to its source map', () => {
  it.each([
    { where: 'at its end', js: 'let a;\n//# sourceMappingURL=a.js.map\n' },
    { where: 'at its start', js: '//# sourceMappingURL=a.js.map\nlet a;' },
    { where: 'with space after it', js: '//# sourceMappingURL=a.js.map\t \n' },
    { where: 'on Windows', js: 'let a;\r\n//# sourceMappingURL=a.js.map\r\n' },
    {
      where: 'after those of its parts',
      js: '//# sourceMappingURL=b.map\n//# sourceMappingURL=a.js.map',
    },
  ])('$where', ({ js }) => {
    expect(sourceMapReference(js).map(({ url }) => url)).toEqual(['a.js.map']);
  });

  it.each([
    { where: 'inside a line', js: 'let a; //# sourceMappingURL=a.js.map' },
    { where: 'in another spelling', js: '//# sOuRcEMaPpInGURL=a.js.map' },
    { where: 'in a string', js: 'const a = "//# sourceMappingURL=a.js.map";' },
  ])('but not $where', ({ js }) => {
    expect(sourceMapReference(js)).toEqual([]);
  });
});

describe('a module refers to', () => {
  it.each([
    { what: 'what it imports', js: 'import { a } from "./a.js";' },
    { what: 'what it imports over lines', js: "import {\n  a,\n} from './a.js'" },
    { what: 'all that another exports', js: 'import * as a from "./a.js"' },
    { what: 'what it imports for its effects', js: 'import "./a.js";' },
    { what: 'what it exports from elsewhere', js: 'export { a } from "./a.js";' },
    { what: 'what it imports later', js: 'const a = await import("./a.js");' },
    { what: 'what is no script', js: 'import a from "./a.js" with { type: "json" };' },
    { what: 'what it imports minified', js: 'import{a}from"./a.js";let b=/"\\//' },
  ])('$what', async ({ js }) => {
    const [reference, ...others] = await moduleReferences(js);

    expect(reference?.url).toBe('./a.js');
    expect(/^["']\.\/a\.js["']$/.test(js.slice(reference?.start, reference?.end))).toBe(true);
    expect(reference?.write('./b.js')).toBe('"./b.js"');
    expect(others).toEqual([]);
  });

  it('paths from above and from the root', async () => {
    const found = await moduleReferences('import "../a.js"; import "/static/b.js"');

    expect(found.map(({ url }) => url)).toEqual(['../a.js', '/static/b.js']);
  });

  it.each([
    { what: 'a bare name', js: 'import a from "@vendor/a"; import b from "#utils"' },
    { what: 'an import in a comment', js: '// import "./a.js"\n/* import "./b.js" */' },
    { what: 'an import in a string', js: 'const a = \'import "./a.js"\', b = `import "./b.js"`;' },
    { what: 'a name that is computed', js: 'import("./a" + ".js"); import(`./${a}.js`)' },
    { what: 'its own URL', js: 'import.meta.url' },
  ])('but not to $what', async ({ js }) => {
    expect(await moduleReferences(js)).toEqual([]);
  });
});
