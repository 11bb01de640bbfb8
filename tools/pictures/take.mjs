// Takes the pictures in docs/pictures anew: `./dev pictures`. Starts the product, does in its dashboard what QA does, and stops it again.
// CHROMIUM is the browser's program, CONFIGURATION what was built. Nothing is written unless every picture could be taken.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { chromium } from "playwright-core";
import { startAppHost } from "./apphost.mjs";
import { arrangeGraph, dismissNotices, openDashboard, press, rows, settled, waitUntilHealthy } from "./dashboard.mjs";

const Deadline = 5 * 60_000;
const StepTimeout = 60_000;
const Signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
const Output = "docs/pictures";
const Failed = ".connectchat/pictures";

// Pixels. A picture in a README is about 900 wide, so the graph has a small window; in a smaller one the trace's names are cut off.
const Window = { width: 1600, height: 1000 };
const GraphWindow = { width: 1100, height: 740 };
const Margin = 16;

// As in AppHost.cs: gateways on the left, the bus above, the store on the right. Pixels from the middle.
const Places = {
  "gateway-1": [-350, -90],
  "gateway-2": [-350, 110],
  kafka: [-120, -190],
  messaging: [20, 20],
  groups: [20, 230],
  dynamodb: [350, 125],
};
const Gateways = Object.keys(Places).filter(name => name.startsWith("gateway-"));

const root = join(import.meta.dirname, "..", "..");
const stops = [];
let stopping, appHost, context;

setTimeout(() => end(1, `not done after ${Deadline / 60_000} minutes`), Deadline).unref();
for (const [signal, code] of Object.entries(Signals)) process.on(signal, () => end(code, `stopping after ${signal} …`));
try {
  say("starting the AppHost …");
  appHost = await startAppHost(root, process.env.CONFIGURATION ?? "Release");
  stops.push(appHost.stop);
  const own = { handleSIGHUP: false, handleSIGINT: false, handleSIGTERM: false };
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, ...own });
  stops.push(() => browser.close());
  context = await browser.newContext({ viewport: Window, colorScheme: "light" });
  context.setDefaultTimeout(StepTimeout);
  const pictures = await take();
  if (!stopping) await write(Output, pictures);
} catch (failure) {
  // What stopping breaks off is no failure of its own.
  if (!stopping) {
    process.exitCode = 1;
    say(`${stripVTControlCharacters(failure.message)}\n\nThe AppHost said last:\n${appHost?.output()}`);
    await writePages().catch(say);
  }
}
await stopAll();

async function take() {
  const page = await context.newPage();
  await openDashboard(page, appHost);
  await waitUntilHealthy(page, Object.keys(Places));
  await dismissNotices(page);

  say("sending demo messages …");
  // The first message to a group pays for what is done once; the second shows what a message costs.
  await send(page);
  await page.locator("fluent-dialog").getByRole("button", { name: "Close" }).click();
  await page.locator("fluent-dialog").waitFor({ state: "detached" });
  const link = await send(page);
  const message = await page.locator("fluent-dialog dialog").screenshot();

  say("looking at the trace and the graph …");
  const [trace] = await Promise.all([context.waitForEvent("page"), link.click()]);
  return { "demo-message": message, trace: await pictureOfTrace(trace), graph: await pictureOfGraph(await context.newPage()) };
}

/** Sends a demo message through the first gateway; returns the link to its trace. */
async function send(page) {
  await press(page, Gateways[0], "One message through the whole system");
  const link = page.locator("fluent-dialog").getByRole("link", { name: "trace" });
  await link.waitFor();
  return link;
}

async function pictureOfTrace(page) {
  for (const gateway of Gateways) await rows(page, gateway).filter({ hasText: "group_outgoing_messages" }).waitFor();
  // Each service sends its spans for itself.
  await settled(() => page.getByRole("row").count());
  await dismissNotices(page);
  const last = await page.getByRole("gridcell").last().boundingBox();
  return page.screenshot({ clip: { x: 0, y: 0, width: Window.width, height: last.y + last.height + Margin } });
}

async function pictureOfGraph(page) {
  await page.setViewportSize(GraphWindow);
  await page.goto(`${appHost.dashboard}/?view=Graph`);
  await dismissNotices(page);
  await arrangeGraph(page, Places);
  return page.screenshot();
}

async function write(folder, pictures) {
  await mkdir(join(root, folder), { recursive: true });
  for (const [name, picture] of Object.entries(pictures)) {
    const file = join(folder, `${name}.png`);
    await writeFile(join(root, file), picture);
    say(`${file}, ${Math.ceil(picture.length / 1024)} kB`);
  }
}

/** Shows what was on the screen when something failed. */
async function writePages() {
  for (const [index, page] of (context?.pages() ?? []).entries()) await write(Failed, { [`failed-${index + 1}`]: await page.screenshot() });
}

function stopAll() {
  return (stopping ??= (async () => {
    for (const stop of stops.reverse()) await stop().catch(say);
  })());
}

async function end(code, reason) {
  say(reason);
  await stopAll();
  process.exit(code);
}

function say(text) {
  console.error(`pictures: ${text}`);
}
