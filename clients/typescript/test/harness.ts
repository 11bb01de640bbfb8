import { type TestContext } from "node:test";
import { ChatClient, type ChatClientOptions, type ChatMessage, type GapReport } from "@connectchat/client";
import { World } from "./fakeGateway.js";

/** Waits until something holds; fails after ten seconds. */
export async function until(condition: () => boolean, what = "condition"): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** A world of two gateways, and clients without pauses that note what they are told. */
export async function setUp(test: TestContext, gateways = 2) {
  const world = new World();
  for (let count = 0; count < gateways; count++) await world.gateway();
  test.after(() => world.gateways.forEach((gateway) => gateway.close()));
  const each = (act: (gateway: World["gateways"][number]) => void) => world.gateways.forEach(act);
  const client = (options: Partial<ChatClientOptions> = {}) => {
    const made = new ChatClient({
      gateways: world.gateways.map(({ url }) => url),
      token: () => "good",
      timing: { random: () => 0 },
      ...options,
    });
    const received: ChatMessage[] = [];
    const gaps: GapReport[] = [];
    made.on("message", (message) => received.push(message));
    made.on("gap", (gap) => gaps.push(gap));
    test.after(() => made.close());
    return { client: made, received, gaps, sequences: () => received.map(({ sequence }) => sequence) };
  };
  return { world, each, client, resumes: () => world.gateways.flatMap(({ resumes }) => resumes) };
}
