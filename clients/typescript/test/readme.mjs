// Takes the chat out of README.md, so that it is compiled and run as it stands there.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const folder = new URL("../build/readme/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("chat.ts", folder), /```ts\n\/\/ chat\.ts\n([\s\S]*?)```/.exec(readme)[1]);
