import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';
import { literals } from './src/i18n/literals.zh.js';

const here = import.meta.dirname;
const dist = resolve(here, '../web/static/dist');
const entries = ['base', 'viewer', 'form'];

/**
 * form-js has no translate service: its known string literals become look-ups while it is bundled.
 * A literal that an upgrade renamed or removed fails the build, so no English slips in unnoticed.
 */
function literalI18n() {
  const left = new Set(Object.entries(literals).flatMap(([pkg, words]) => Object.keys(words).map((word) => `${pkg}: ${word}`)));
  const lookups = JSON.stringify(resolve(here, 'src/i18n/literals.zh.js'));
  return {
    name: 'literal-i18n',
    transform(code, id) {
      const pkg = Object.keys(literals).find((name) => id.includes(`/node_modules/${name}/`) && id.endsWith('.js'));
      if (!pkg) return null;
      let out = code;
      for (const text of Object.keys(literals[pkg])) {
        const quoted = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
        const found = (replacement) => (left.delete(`${pkg}: ${text}`), replacement);
        out = out.replace(new RegExp(`(?<=[:=(,?|\\[]\\s*|return )(["'])${quoted}\\1(?!\\s*:)`, 'g'), (match) => found(`__t(${match})`));
        // `Remove list item ${n}`: the words before the first hole of a template
        out = out.replace(new RegExp('`' + quoted + '(?=\\$\\{)', 'g'), () => found('`${__t(' + JSON.stringify(text) + ')}'));
      }
      return out === code ? null : { code: `import { t as __t } from ${lookups};\n${out}`, map: null };
    },
    buildEnd(error) {
      if (!error && left.size) this.error(`literals not found:\n${[...left].join('\n')}`);
    },
  };
}

/** Tabler's global .empty and .placeholder break bpmn-io widgets that use the same class names. */
const scopeTabler = {
  postcssPlugin: 'scope-tabler',
  Rule(rule) {
    if (!rule.source?.input.file?.includes('/@tabler/core/')) return;
    const scoped = rule.selector.replace(/\.(empty|placeholder)(?![-\w])/g, '.tblr-$1');
    if (scoped !== rule.selector) rule.selector = scoped;
  },
};

/** WhiteNoise sends the .gz beside a file when the browser takes it. */
function gzipped() {
  return {
    name: 'gzipped',
    writeBundle() {
      for (const name of readdirSync(join(dist, 'assets'))) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const raw = readFileSync(join(dist, 'assets', name));
        if (raw.length > 1024) writeFileSync(join(dist, 'assets', `${name}.gz`), gzipSync(raw, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  root: here,
  base: '/static/dist/',
  publicDir: false,
  plugins: [literalI18n(), gzipped()],
  css: { postcss: { plugins: [scopeTabler] } },
  build: {
    outDir: dist,
    emptyOutDir: true,
    manifest: 'manifest.json',
    target: 'es2022',
    license: { fileName: 'third-party-licenses.md' },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 3000,
    rolldownOptions: { input: Object.fromEntries(entries.map((name) => [name, resolve(here, `src/${name}.ts`)])) },
  },
});
