// Deliberate faults in a copy of the SDK, and the test that notices each:
//   skip-gap (GroupCursor.offer never says "gap")             "A message that never came live is asked for" (here)
//   drop-duplicate (offer never says "duplicate")             "Repeated and reordered messages come out once and in order" (here)
//   forget-outbox (Sender.send does not store)                "What was sent before a reload …", "10,000 sends …" (sending.test.ts)
//   wrong resume position (takeWanted says 0, or last + 1)    "Restored positions are where it goes on" (here)
//   no jitter (FullJitter.next ignores the dice)              "Pauses are full jitter …" (connecting.test.ts)
import assert from "node:assert/strict";
import { test } from "node:test";
import { setUp, until, upTo } from "./harness.js";

test("Live messages arrive in order, after the history of the groups that the gateway names", { timeout: 20_000 }, async (t) => {
  const { world, client } = await setUp(t);
  world.append("team", "1");
  const it = client();
  await it.client.connect();
  await until(() => it.received.length === 1);
  world.live(world.append("team", "2"));
  await until(() => it.received.length === 2);
  assert.deepEqual(it.sequences(), [1, 2]);
});

test("Restored positions are where it goes on", { timeout: 20_000 }, async (t) => {
  const { world, client, resumes } = await setUp(t);
  for (const number of upTo(5)) world.append("team", `${number}`);
  const it = client({ positions: { team: 3 } });
  await it.client.connect();
  await until(() => it.received.length === 2);
  assert.deepEqual(it.sequences(), [4, 5]);
  assert.deepEqual(resumes()[0], { groupId: "team", lastSequence: 3 });
  assert.deepEqual(it.client.positions, { team: 5 });
});

test("Repeated and reordered messages come out once and in order", { timeout: 20_000 }, async (t) => {
  const { world, client } = await setUp(t);
  const it = client();
  await it.client.connect();
  const messages = upTo(40).map((number) => world.append("team", `${number}`));
  for (const message of [...messages, ...messages].sort((a, b) => ((a.sequence * 7919) % 41) - ((b.sequence * 7919) % 41)))
    world.live(message);
  await until(() => it.received.length >= 40);
  world.live(messages[7]!);
  world.live(world.append("team", "41"));
  await until(() => it.sequences().includes(41));
  assert.deepEqual(it.sequences(), upTo(41));
});

test("A message that never came live is asked for", { timeout: 20_000 }, async (t) => {
  const { world, client, resumes } = await setUp(t);
  const it = client();
  await it.client.connect();
  world.live(world.append("team", "1"));
  await until(() => it.received.length === 1);
  world.append("team", "2");
  world.live(world.append("team", "3"));
  await until(() => it.received.length === 3);
  assert.deepEqual(it.sequences(), [1, 2, 3]);
  assert.deepEqual(resumes().at(-1), { groupId: "team", lastSequence: 1 });
  assert.deepEqual(it.gaps, []);
});

test("A lost connection is replaced, and resumed from exactly where it stopped", { timeout: 20_000 }, async (t) => {
  const { world, each, client, resumes } = await setUp(t);
  const it = client();
  await it.client.connect();
  for (const number of upTo(2)) world.live(world.append("team", `${number}`));
  await until(() => it.received.length === 2);
  for (const number of upTo(2)) world.append("team", `${number}`);
  each((gateway) => gateway.cutAll());
  await until(() => it.received.length === 4);
  assert.deepEqual(it.sequences(), upTo(4));
  assert.deepEqual(resumes().at(-1), { groupId: "team", lastSequence: 2 });
});

test("A replay longer than one resume goes on until it is complete", { timeout: 20_000 }, async (t) => {
  const { world, each, client } = await setUp(t);
  each((gateway) => (gateway.mostPerResume = 3));
  for (const number of upTo(10)) world.append("team", `${number}`);
  const it = client();
  await it.client.connect();
  await until(() => it.received.length === 10);
  assert.deepEqual(it.sequences(), upTo(10));
});

for (const code of ["not_a_member", "not_found"]) {
  test(`A gap that cannot be replayed (${code}) is told once, and what came ahead of it is shown`, { timeout: 20_000 }, async (t) => {
    const { world, each, client } = await setUp(t);
    const it = client();
    await it.client.connect();
    for (const number of upTo(2)) world.live(world.append("team", `${number}`));
    await until(() => it.received.length === 2);
    each((gateway) => (gateway.resumeCode = () => code));
    world.append("team", "3");
    world.live(world.append("team", "4"));
    await until(() => it.received.length === 3);
    world.live(world.append("team", "5"));
    await until(() => it.received.length === 4);
    assert.deepEqual(it.sequences(), [1, 2, 4, 5]);
    assert.deepEqual(it.gaps, [{ groupId: "team", afterSequence: 2, code }]);
  });
}

test("An announced message that history never brings is told", { timeout: 20_000 }, async (t) => {
  const { world, client } = await setUp(t);
  const it = client();
  await it.client.connect();
  const first = world.append("team", "1");
  world.live(first);
  world.live({ ...first, sequence: 9, previousSequence: 8 });
  await until(() => it.gaps.length === 1);
  assert.deepEqual(it.gaps, [{ groupId: "team", afterSequence: 1, code: "not_replayed" }]);
  assert.deepEqual(it.sequences(), [1, 9]);
});

test("A position beyond the newest is told, and the group is read again from its first message", { timeout: 20_000 }, async (t) => {
  const { world, each, client } = await setUp(t);
  world.append("team", "1");
  each((gateway) => (gateway.resumeCode = ({ lastSequence }) => (lastSequence > 1 ? "position_beyond_newest" : undefined)));
  const it = client({ positions: { team: 7 } });
  await it.client.connect();
  await until(() => it.received.length === 1);
  assert.deepEqual(it.gaps, [{ groupId: "team", afterSequence: 7, code: "position_beyond_newest" }]);
});

test("A resume that fails for now is tried again, and MessagesMissed asks for everything", { timeout: 20_000 }, async (t) => {
  const { world, each, client } = await setUp(t);
  let failures = 2;
  each((gateway) => (gateway.resumeCode = () => (failures-- > 0 ? "unavailable" : undefined)));
  world.append("team", "1");
  const it = client();
  await it.client.connect();
  await until(() => it.received.length === 1);
  world.append("team", "2");
  each((gateway) => gateway.push("MessagesMissed", null));
  await until(() => it.received.length === 2);
  assert.deepEqual(it.gaps, []);
});

test("2,500 groups are resumed in lots of at most 1,000", { timeout: 20_000 }, async (t) => {
  const { each, client, world } = await setUp(t, 1);
  each((gateway) => void gateway);
  const it = client({ positions: Object.fromEntries(upTo(2_500).map((number) => [`g${number}`, 0])), discoverGroups: false });
  await it.client.connect();
  await until(() => world.gateways[0]!.resumes.length === 2_500);
  assert.deepEqual(world.gateways[0]!.lots, [1_000, 1_000, 500]);
});
