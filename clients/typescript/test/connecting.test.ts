import assert from "node:assert/strict";
import { test } from "node:test";
import { ChatClient, ChatError, type ConnectionReport } from "@connectchat/client";
import { FullJitter } from "../src/timing.js";
import { setUp, until } from "./harness.js";

test("Pauses are full jitter: the dice times a bound that doubles from 5 s to 30 s", () => {
  const dice = [0.5, 0.25, 1, 0.1, 0];
  const delay = FullJitter.forConnections(() => dice.shift()!);
  assert.deepEqual([delay.next(), delay.next(), delay.next(), delay.next(), delay.next()], [2_500, 2_500, 20_000, 3_000, 0]);
});

test("A gateway that cannot be reached is left for the next, after a pause that the dice decide", { timeout: 20_000 }, async (t) => {
  const { world } = await setUp(t, 1);
  const pauses: number[] = [];
  const client = new ChatClient({
    gateways: ["http://127.0.0.1:1", world.gateways[0]!.url],
    token: () => "good",
    timing: { random: () => 0.4, sleep: async (milliseconds) => void pauses.push(milliseconds) },
  });
  t.after(() => client.close());
  await client.connect();
  assert.deepEqual(pauses, [2_000]);
});

test("A draining gateway is left for the next one after the pause it asks for", { timeout: 20_000 }, async (t) => {
  const { world, client } = await setUp(t);
  const reports: ConnectionReport[] = [];
  const it = client();
  it.client.on("connection", (report) => reports.push(report));
  await it.client.connect();
  const started = performance.now();
  world.gateways[0]!.push("Draining", 300);
  await until(() => world.gateways[1]!.connected === 1);
  assert.ok(performance.now() - started >= 295);
  assert.deepEqual(
    reports.map(({ change, pause }) => [change, pause]),
    [
      ["connected", undefined],
      ["draining", 300],
      ["connected", undefined],
    ],
  );
});

test("A token that is refused once is replaced at once; refused twice it ends the client", { timeout: 20_000 }, async (t) => {
  const { each, client } = await setUp(t);
  each((gateway) => (gateway.admits = (token) => token === "good"));
  const tokens = ["old", "good"];
  await client({ token: () => tokens.shift()! }).client.connect();
  const refused = client({ token: () => "bad" }).client;
  const ended = new Promise((resolve) => refused.on("ended", resolve));
  await assert.rejects(refused.connect(), (error) => error instanceof ChatError && error.code === "unauthenticated");
  assert.equal(((await ended) as ChatError).code, "unauthenticated");
});

test("Offline ends the connection and waits; online connects at once", { timeout: 20_000 }, async (t) => {
  const { world, client } = await setUp(t, 1);
  let online = true;
  const watchers = new Set<() => void>();
  const turn = (state: boolean) => {
    online = state;
    for (const watcher of [...watchers]) watcher();
  };
  const network = {
    isOnline: () => online,
    subscribe: (changed: () => void) => (watchers.add(changed), () => void watchers.delete(changed)),
  };
  const it = client({ network });
  await it.client.connect();
  const lost = new Promise((resolve) => it.client.on("connection", resolve));
  turn(false);
  await lost;
  assert.equal(world.gateways[0]!.connections, 1);
  turn(true);
  await until(() => world.gateways[0]!.connections === 2);
});

test("Waiting for a connection is cancellable, and so is a client that never had one", { timeout: 20_000 }, async () => {
  const client = new ChatClient({ gateways: ["http://127.0.0.1:1"], token: () => "good" });
  const stop = new AbortController();
  const connecting = client.connect(stop.signal);
  stop.abort();
  await assert.rejects(connecting, { name: "AbortError" });
  await client.close();
});
