// What QA does in the dashboard, done by a browser.
import { setTimeout as delay } from "node:timers/promises";

const StartTimeout = 180_000;
const SettleTime = 3_000;
const FadeTime = 500;

/** Opens the dashboard once it answers. */
export async function openDashboard(page, appHost) {
  const until = Date.now() + StartTimeout;
  while (!(await fetch(appHost.dashboard).then(answer => answer.ok, () => false))) {
    if (!appHost.isRunning()) throw new Error("the AppHost ended");
    if (Date.now() > until) throw new Error("the dashboard does not answer");
    await delay(500);
  }
  await page.goto(appHost.login);
}

/** Waits until each resource is running and healthy; the state of an unhealthy one is another. */
export async function waitUntilHealthy(page, names) {
  const until = Date.now() + StartTimeout;
  for (const name of names) {
    const cells = rows(page, name).getByRole("gridcell");
    try {
      await cells.and(page.getByRole("gridcell", { name: "Running", exact: true })).waitFor({ timeout: Math.max(1, until - Date.now()) });
    } catch {
      throw new Error(`${name} is not healthy: ${await cells.nth(1).innerText({ timeout: 1_000 }).catch(() => "not listed")}`);
    }
  }
}

/** The rows of a table that have a cell with exactly this text. */
export function rows(page, text) {
  return page.getByRole("row").filter({ has: page.getByText(text, { exact: true }) });
}

/** Presses a command's button in a resource's row: a highlighted command has one, named after its description. */
export async function press(page, resource, description) {
  const button = rows(page, resource).getByRole("button", { name: description });
  // Grey while the command is running.
  await button.and(page.locator(":not([disabled])")).click();
}

/** Closes the notices about this machine, such as a missing development certificate. */
export async function dismissNotices(page) {
  const notices = page.getByLabel("Dismiss notification");
  for (let shown = await notices.count(); shown > 0; shown = await notices.count()) {
    await notices.last().click();
    await notices.nth(shown - 1).waitFor({ state: "detached" });
  }
}

/** Waits until a value has not changed for a while. */
export async function settled(read) {
  let value = await read(), since = Date.now();
  while (Date.now() - since < SettleTime) {
    await delay(200);
    const now = await read();
    if (now !== value) [value, since] = [now, Date.now()];
  }
}

/**
 * Puts the graph's nodes where a reader expects them: where the dashboard puts them, an edge may run behind a node and look like another.
 * A node that a person drags floats back; D3 keeps a node where its `fx` and `fy` say.
 */
export async function arrangeGraph(page, places) {
  const nodes = page.locator(".resource-graph .resource-group");
  for (const name of Object.keys(places)) await nodes.filter({ hasText: name }).waitFor();
  const pin = () => nodes.evaluateAll((groups, at) => {
    for (const { __data__: node } of groups) [node.fx, node.fy] = at[node.label] ?? [];
  }, places);
  await pin();
  // D3 looks at the pins while nodes move, which a drag sets off; its end takes the pin from the dragged node.
  const { x, y, width, height } = await nodes.first().locator("circle").first().boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 2 + 5, y + height / 2 + 5, { steps: 3 });
  await page.mouse.up();
  await pin();
  await page.mouse.move(0, 0);
  await page.waitForFunction(at => [...document.querySelectorAll(".resource-graph .resource-group")].map(group => group.__data__)
    .every(node => !at[node.label] || (node.x === at[node.label][0] && node.y === at[node.label][1])), places);
  await delay(FadeTime);
}
