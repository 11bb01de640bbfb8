import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatMessage } from "@connectchat/client";
import { GroupStore } from "../src/store/groupStore.js";
import { setUp, until, upTo } from "./harness.js";

const message = (sequence: number): ChatMessage => ({
  groupId: "team",
  sequence,
  previousSequence: sequence - 1,
  messageId: `m${sequence}`,
  senderId: "ann",
  clientMessageId: `c${sequence}`,
  body: "hello",
  sentAt: sequence,
  membershipVersion: 1,
});

test("100,000 messages: a new one with its snapshot costs at most 1 ms, and the window bounds what is kept", { timeout: 60_000 }, (t) => {
  const store = new GroupStore("team", 500, () => Promise.reject(new Error("unused")));
  let shown = 0;
  store.subscribe(() => (shown = store.getSnapshot().messages.at(-1)!.sequence));
  const started = performance.now();
  for (const sequence of upTo(100_000)) store.add(message(sequence));
  const each = (performance.now() - started) / 100_000;
  t.diagnostic(`${(each * 1_000).toFixed(1)} µs for each message`);
  assert.ok(each <= 1, `${each} ms`);
  assert.equal(shown, 100_000);
  assert.equal(store.getSnapshot().messages.length, 500);
  assert.equal(store.getSnapshot().hasOlder, true);
});

test("A snapshot is the same object until something changed, and what did not change stays the same", () => {
  const store = new GroupStore("team", 500, () => Promise.reject(new Error("unused")));
  store.add(message(1));
  const first = store.getSnapshot();
  assert.equal(store.getSnapshot(), first);
  store.sendChanged({ groupId: "team", clientMessageId: "mine", body: "b", state: "queued" });
  const second = store.getSnapshot();
  assert.notEqual(second, first);
  assert.equal(second.messages, first.messages);
  assert.equal(second.messages[0], first.messages[0]);
  store.add(message(2));
  assert.equal(store.getSnapshot().pending, second.pending);
  assert.equal(first.messages.length, 1);
});

test("A send is shown before it is delivered, and only once afterwards; older pages come over REST", { timeout: 20_000 }, async (t) => {
  const { world, client } = await setUp(t);
  for (const number of upTo(30)) world.append("team", `${number}`);
  const it = client({ positions: { team: 30 }, window: 20 });
  const store = it.client.group("team");
  const send = it.client.send("team", "mine");
  assert.deepEqual(
    store.getSnapshot().pending.map(({ body, state }) => [body, state]),
    [["mine", "queued"]],
  );
  await it.client.connect();
  await send.outcome;
  await until(() => store.getSnapshot().messages.length === 1);
  assert.deepEqual(store.getSnapshot().pending, []);
  await store.loadOlder(10);
  assert.deepEqual(
    store.getSnapshot().messages.map(({ sequence }) => sequence),
    upTo(31).slice(20),
  );
  await store.loadOlder(25);
  assert.deepEqual(
    store.getSnapshot().messages.map(({ sequence }) => sequence),
    upTo(20),
  );
  assert.deepEqual([store.getSnapshot().hasOlder, store.getSnapshot().hasNewer], [false, true]);
  await store.loadNewest();
  assert.deepEqual(
    store.getSnapshot().messages.map(({ sequence }) => sequence),
    upTo(31).slice(11),
  );
});
