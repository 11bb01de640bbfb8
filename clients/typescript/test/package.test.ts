import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { setUp } from "./harness.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

test(
  "The bundle for browsers, with its dependency, is at most 60 KB gzip; what is not used is left out",
  { timeout: 60_000 },
  async (t) => {
    const size = async (code: string) => {
      const { outputFiles } = await build({
        stdin: { contents: code, resolveDir: root },
        bundle: true,
        minify: true,
        format: "esm",
        platform: "browser",
        write: false,
        logLevel: "error",
      });
      return gzipSync(outputFiles[0]!.contents).length;
    };
    const [all, little] = [
      await size('export * from "@connectchat/client"'),
      await size('export { memoryOutbox } from "@connectchat/client"'),
    ];
    t.diagnostic(`${all} bytes gzip with its dependency; ${little} bytes when only memoryOutbox is used`);
    assert.ok(all <= 60 * 1_024, `${all} bytes`);
    assert.ok(little < 1_024, `${little} bytes`);
  },
);

test("npm pack ships code, types, source maps and the sources they name, and nothing else", { timeout: 60_000 }, () => {
  const packed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  // An array, or by name: npm's own versions differ.
  const [pack] = Object.values(JSON.parse(packed) as Record<string, { files: { path: string }[] }>);
  const paths = pack!.files.map(({ path }) => path);
  for (const path of ["package.json", "README.md", "dist/index.js", "dist/index.d.ts", "dist/index.js.map", "src/index.ts"])
    assert.ok(paths.includes(path), path);
  assert.deepEqual(
    paths.filter((path) => !/^(dist|src)\/|^package.json$|^README.md$/.test(path)),
    [],
  );
});

test("The README's chat is at most 60 lines, and chats", { timeout: 20_000 }, async (t) => {
  const file = new URL("../build/readme/chat.js", import.meta.url);
  assert.ok(
    readFileSync(fileURLToPath(new URL("../../build/readme/chat.ts", import.meta.url)), "utf8")
      .trimEnd()
      .split("\n").length <= 60,
  );
  const { world } = await setUp(t, 1);
  world.append("team", "welcome");
  const chat = spawn(process.execPath, [fileURLToPath(file), world.gateways[0]!.url, "team", "TOKEN"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => chat.kill());
  const lines: string[] = [];
  for await (const line of createInterface(chat.stdout)) {
    lines.push(line);
    if (line.endsWith("welcome")) chat.stdin.write("hello\n");
    if (line.endsWith("hello")) chat.stdin.end();
  }
  assert.ok(lines.includes("ann: welcome") && lines.includes("ann: hello"), lines.join("\n"));
  assert.equal(world.groups.get("team")!.at(-1)!.body, "hello");
});
