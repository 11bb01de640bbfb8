import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ChatClient, indexedDbOutbox, memoryOutbox, type SendState } from "@connectchat/client";
import { setUp, until, upTo } from "./harness.js";

test("A send is tried again with the same id until it is accepted, and is delivered once", { timeout: 20_000 }, async (t) => {
  const { world, each, client } = await setUp(t);
  let failures = 3;
  each((gateway) => (gateway.sendFailure = () => (failures-- > 0 ? "unavailable" : undefined)));
  const it = client();
  await it.client.connect();
  assert.deepEqual(await it.client.send("team", "hello", { clientMessageId: "mine" }).outcome, { state: "delivered", sequence: 1 });
  assert.deepEqual(
    world.gateways.flatMap(({ sends }) => sends),
    ["mine", "mine", "mine", "mine"],
  );
});

test("A send whose answer was lost with the connection is one message", { timeout: 20_000 }, async (t) => {
  const { world, each, client } = await setUp(t);
  let cuts = 1;
  each((gateway) => (gateway.cutsBeforeAnswer = () => cuts-- > 0));
  const it = client();
  await it.client.connect();
  assert.equal((await it.client.send("team", "hello").outcome).state, "delivered");
  assert.equal(world.groups.get("team")!.length, 1);
  await until(() => it.client.undecided === 0);
});

test("A refusal for good is a state with its code, and the sends after it go on in order", { timeout: 20_000 }, async (t) => {
  const { world, each, client } = await setUp(t);
  each((gateway) => (gateway.sendFailure = (id) => (id === "2" ? "body_too_large" : undefined)));
  const it = client();
  const states: SendState[] = [];
  const sends = ["1", "2", "3"].map((id) =>
    it.client.send("team", id, { clientMessageId: id }).outcome.then((state) => states.push(state)),
  );
  await it.client.connect();
  await Promise.all(sends);
  assert.ok(states.some((state) => state.state === "rejected" && state.code === "body_too_large"));
  assert.deepEqual(
    world.groups.get("team")!.map(({ body }) => body),
    ["1", "3"],
  );
});

test("A rejection afterwards is learned live, and from GetOutcomes when it was told while away", { timeout: 20_000 }, async (t) => {
  const { world, each, client } = await setUp(t);
  const it = client();
  await it.client.connect();
  world.refused.set("live", "not_a_member").set("away", "not_a_member");
  const live = it.client.send("team", "a", { clientMessageId: "live" });
  await sentOf(it.client, "live");
  each((gateway) => gateway.push("MessageRejected", { groupId: "team", clientMessageId: "live", code: "not_a_member" }));
  assert.deepEqual(await live.outcome, { state: "rejected", code: "not_a_member" });

  const away = it.client.send("team", "b", { clientMessageId: "away" });
  await sentOf(it.client, "away");
  each((gateway) => gateway.cutAll());
  assert.deepEqual(await away.outcome, { state: "rejected", code: "not_a_member" });
});

for (const [name, outbox] of [
  ["memory", memoryOutbox],
  ["IndexedDB", () => indexedDbOutbox("ann")],
] as const) {
  test(
    `What was sent before a reload is sent after it, and a rejection is learned after a reload (${name})`,
    { timeout: 20_000 },
    async (t) => {
      const { world, client } = await setUp(t);
      const storage = outbox();
      const before = client({ outbox: storage }).client;
      await Promise.all(upTo(5).map((number) => before.send("team", `${number}`).stored));
      await before.close();
      world.refused.set("gone", "not_a_member");
      const between = client({ outbox: storage }).client;
      await between.connect();
      between.send("team", "x", { clientMessageId: "gone" });
      await sentOf(between, "gone");
      await until(() => between.undecided === 1);
      await pauseUntilStored(storage, "gone");
      await between.close();
      assert.deepEqual(
        world.groups.get("team")!.map(({ body }) => body),
        ["1", "2", "3", "4", "5"],
      );

      const after = client({ outbox: storage }).client;
      const told = new Promise((resolve) => after.on("send", (change) => change.state === "rejected" && resolve(change.code)));
      await after.connect();
      assert.equal(await told, "not_a_member");
      for (let left = 1; left > 0;) left = (await storage.load()).length;
    },
  );
}

test("A send that waits can be taken back", { timeout: 20_000 }, async (t) => {
  const { world, client } = await setUp(t);
  const it = client();
  const stop = new AbortController();
  const taken = it.client.send("team", "no", { signal: stop.signal });
  stop.abort();
  assert.deepEqual(await taken.outcome, { state: "cancelled" });
  await it.client.connect();
  await it.client.send("team", "yes").outcome;
  assert.deepEqual(
    world.groups.get("team")!.map(({ body }) => body),
    ["yes"],
  );
});

test("10,000 sends over 200 forced disconnects and 20 reloads: each once, in order, outbox empty", { timeout: 120_000 }, async (t) => {
  const { world, each, client } = await setUp(t);
  const outbox = memoryOutbox();
  let cuts = 0;
  let accepted = 0;
  // Every 50th message is accepted and its answer lost with all connections.
  each((gateway) => (gateway.cutsBeforeAnswer = () => ++accepted % 50 === 0 && ++cuts > 0));
  const started = performance.now();
  let it = client({ outbox });
  void it.client.connect().catch(() => {});
  for (let life = 0; life < 20; life++) {
    await Promise.all(upTo(500).map((number) => it.client.send("team", `${life * 500 + number}`).stored));
    // The reload comes in the middle of sending.
    await until(() => world.groups.get("team")!.length >= life * 500 + 100 + life * 10);
    const positions = it.client.positions;
    await it.client.close();
    it = client({ outbox, positions });
    void it.client.connect().catch(() => {});
  }
  await until(() => world.groups.get("team")!.length >= 10_000, "all accepted");
  await until(() => it.client.undecided === 0, "outbox decided");
  for (let left = 1; left > 0; await new Promise((resolve) => setTimeout(resolve, 2))) left = (await outbox.load()).length;
  assert.deepEqual(
    world.groups.get("team")!.map(({ body }) => Number(body)),
    upTo(10_000),
  );
  assert.ok(cuts >= 200, `${cuts} disconnects`);
  t.diagnostic(`10,000 sends, ${cuts} disconnects, 20 reloads in ${Math.round(performance.now() - started)} ms`);
});

function sentOf(client: ChatClient, clientMessageId: string): Promise<void> {
  return new Promise((resolve) =>
    client.on("send", (change) => change.clientMessageId === clientMessageId && change.state === "sent" && resolve()),
  );
}

async function pauseUntilStored(storage: ReturnType<typeof memoryOutbox>, id: string): Promise<void> {
  for (;;) {
    const entries = await storage.load();
    if (entries.length === 1 && entries[0]!.clientMessageId === id && entries[0]!.state === "sent") return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
