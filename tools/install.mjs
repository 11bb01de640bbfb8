// Installs what tools/package.json names, or that of the folder given, unless it is all there: `./dev` and dev.cmd call this first.
//
// npm writes node_modules/.package-lock.json last. An installation that was cut off has none; one that is out of date names other
// versions. Optional packages are those of one platform: which of them npm installed is its own business.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const tools = process.argv[2] ? resolve(process.argv[2]) : dirname(fileURLToPath(import.meta.url));
const packagesIn = (file) => JSON.parse(readFileSync(join(tools, file), "utf8")).packages;

function isComplete() {
  const marker = join("node_modules", ".package-lock.json");
  if (!existsSync(join(tools, marker))) return false;
  const [wanted, installed] = [packagesIn("package-lock.json"), packagesIn(marker)];
  const isThere = (path) => existsSync(join(tools, path, "package.json"));
  return (
    Object.entries(wanted).every(([path, { optional }]) => path === "" || optional || path in installed) &&
    Object.entries(installed).every(([path, { version }]) => wanted[path]?.version === version && isThere(path))
  );
}

if (!isComplete()) {
  console.error(`dev: installing ${basename(tools)}/ (npm ci)`);
  const arguments_ = ["ci", "--no-audit", "--no-fund", "--loglevel", "error"];
  const npm = spawnSync("npm", arguments_, { cwd: tools, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (npm.error) console.error(`dev: npm cannot be started (${npm.error.code}); it installs what ${basename(tools)}/package.json names`);
  process.exit(npm.status === 0 ? 0 : 2);
}
