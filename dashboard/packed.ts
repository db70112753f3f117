/** Lays what is built beside itself in compressed form, once and well, so that no server need pack. */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip, constants as zlib } from "node:zlib";
import type { Plugin } from "vite";

/** What is text; fonts and pictures are packed already. */
const TEXTS = new Set([".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest"]);
/** What is shorter is not worth a second file. */
const LEAST_BYTES = 1_000;

const pack = {
  ".br": (text: Buffer) =>
    promisify(brotliCompress)(text, {
      params: { [zlib.BROTLI_PARAM_SIZE_HINT]: text.length },
    }),
  ".gz": (text: Buffer) => promisify(gzip)(text, { level: 9 }),
};

async function packAll(folder: string): Promise<void> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const file of found) {
    if (!file.isFile() || !TEXTS.has(extname(file.name))) continue;
    const path = join(file.parentPath, file.name);
    const text = await readFile(path);
    if (text.length < LEAST_BYTES) continue;
    for (const [ending, packed] of Object.entries(pack)) {
      const smaller = await packed(text);
      if (smaller.length < text.length) await writeFile(path + ending, smaller);
    }
  }
}

/** The plugin: works after all is written, the files of `public/` as well. */
export function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    writeBundle: { order: "post", sequential: true, handler: ({ dir }) => packAll(dir ?? "dist") },
  };
}
