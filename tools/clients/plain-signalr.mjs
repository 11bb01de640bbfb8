// A plain @microsoft/signalr client that follows docs/protocol.md: what a browser does, without the C# library.
//
//   node tools/clients/plain-signalr.mjs --token TOKEN --group GROUP [--last N] [--protocol json|messagepack] GATEWAY [GATEWAY …]
//
// Prints one line of JSON per event: {"event":"connected"|"message"|"gap"|"draining"|"resumed"|"closed", …}. Ends on SIGTERM.
import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";
import { MessagePackHubProtocol } from "@microsoft/signalr-protocol-msgpack";
import { parseArgs } from "node:util";

const { values: options, positionals: gateways } = parseArgs({
  allowPositionals: true,
  options: {
    token: { type: "string" },
    group: { type: "string" },
    last: { type: "string", default: "0" },
    protocol: { type: "string", default: "json" },
  },
});

const say = (event, more) => console.log(JSON.stringify({ event, ...more }));
const positions = new Map([[options.group, Number(options.last)]]);
const resuming = new Map();

// The whole client side of the resume protocol: take what follows, drop what was seen, ask when something is missing.
function receive(connection, message) {
  const last = positions.get(message.groupId) ?? 0;
  if (message.sequence <= last) return;
  if (message.previousSequence > last) {
    // Should the connection end meanwhile, the next one resumes anyway.
    resume(connection, message.groupId).catch(() => {});
    return;
  }
  positions.set(message.groupId, message.sequence);
  say("message", { sequence: message.sequence, sender: message.senderId, body: message.body });
}

// One call at a time for each group: what arrives meanwhile is part of the answer, or comes after it.
function resume(connection, groupId) {
  if (resuming.has(groupId)) return resuming.get(groupId);
  const call = resumeUntilComplete(connection, groupId).finally(() => resuming.delete(groupId));
  resuming.set(groupId, call);
  return call;
}

async function resumeUntilComplete(connection, groupId) {
  for (;;) {
    const [result] = await connection.invoke("Resume", [{ groupId, lastSequence: positions.get(groupId) ?? 0 }]);
    say("resumed", { complete: result.complete, code: result.code, replayed: result.replayed, last: positions.get(groupId) });
    if (result.complete) return;
    if (result.code === "more_to_replay") continue;
    say("gap", { code: result.code });
    if (result.code === "position_beyond_newest") positions.set(groupId, 0); // another history: from its beginning
    else if (result.code === "unavailable") await pause(1000);
    else return;
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Connects to one gateway after the other, with full jitter from the second attempt on, for ever.
async function run() {
  for (let attempt = 0; ; attempt++) {
    const gateway = gateways[attempt % gateways.length];
    const builder = new HubConnectionBuilder()
      .withUrl(`${gateway}/hubs/chat`, {
        accessTokenFactory: () => options.token,
        // One WebSocket and no negotiate request, so that a balancer may send every connection to another gateway.
        skipNegotiation: true,
        transport: HttpTransportType.WebSockets,
      })
      .configureLogging(LogLevel.None);
    if (options.protocol === "messagepack") builder.withHubProtocol(new MessagePackHubProtocol());
    const connection = builder.build();
    connection.on("MessageReceived", (message) => receive(connection, message));
    connection.on("MessageRejected", (rejection) => say("rejected", rejection));
    connection.on("MessagesMissed", (groupId) => resume(connection, groupId ?? options.group).catch(() => {}));
    connection.on("Draining", (retryAfter) => say("draining", { retryAfter }));
    const closed = new Promise((resolve) => connection.onclose(resolve));
    try {
      await connection.start();
      say("connected", { gateway });
      await resume(connection, options.group);
      await closed;
      attempt = attempt % gateways.length;
    } catch (error) {
      say("failed", { gateway, message: String(error?.message ?? error) });
      await connection.stop();
    }
    say("closed", { gateway });
    await pause(Math.random() * Math.min(5000, 250 * 2 ** Math.min(attempt, 5)));
  }
}

process.on("SIGTERM", () => process.exit(0));
await run();
