import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { ChatMessage } from "@connectchat/client";

type Position = { groupId: string; lastSequence: number };

/** What all gateways share: the history is what a client must end up with. */
export class World {
  readonly groups = new Map<string, ChatMessage[]>([["team", []]]);
  readonly gateways: FakeGateway[] = [];
  readonly accepted = new Map<string, ChatMessage>();
  /** Accepted sends that are refused afterwards, and why. */
  readonly refused = new Map<string, string>();

  append(groupId: string, body: string, clientMessageId: string = crypto.randomUUID()): ChatMessage {
    const history = this.groups.get(groupId)!;
    const sequence = history.length + 1;
    const message = {
      groupId,
      sequence,
      previousSequence: sequence - 1,
      messageId: `m${sequence}`,
      senderId: "ann",
      clientMessageId,
      body,
      sentAt: sequence,
      membershipVersion: 1,
    };
    history.push(message);
    return message;
  }

  async gateway(): Promise<FakeGateway> {
    const gateway = new FakeGateway(this);
    await gateway.start();
    this.gateways.push(gateway);
    return gateway;
  }

  live(message: ChatMessage): void {
    for (const gateway of this.gateways) gateway.push("MessageReceived", message);
  }
}

/** A gateway that speaks SignalR's JSON by hand and that a test tells how to misbehave. */
export class FakeGateway {
  readonly resumes: Position[] = [];
  readonly lots: number[] = [];
  readonly sends: string[] = [];
  resumeCode: (position: Position) => string | undefined = () => undefined;
  sendFailure: (clientMessageId: string) => string | undefined = () => undefined;
  /** True: the message is accepted, but the connection is cut before the answer. */
  cutsBeforeAnswer: (clientMessageId: string) => boolean = () => false;
  admits: (token: string) => boolean = () => true;
  mostPerResume = 500;
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<WebSocket>();

  constructor(private readonly world: World) {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url!, "http://x");
      const answer = (status: number, body: unknown) =>
        response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
      if (!this.admits(tokenOf(request.headers.authorization, url))) return answer(401, { code: "unauthenticated" });
      if (url.pathname === "/groups") return answer(200, { groups: [...world.groups.keys()].map((groupId) => ({ groupId })) });
      const groupId = /^\/groups\/([^/]+)\/messages$/.exec(url.pathname)?.[1];
      if (!groupId) return answer(404, { code: "not_found" });
      const before = Number(url.searchParams.get("before")) || Infinity;
      const older = world.groups
        .get(groupId)!
        .filter(({ sequence }) => sequence < before)
        .reverse();
      const limit = Number(url.searchParams.get("limit"));
      return answer(200, { messages: older.slice(0, limit), endOfHistory: older.length <= limit });
    });
    const sockets = new WebSocketServer({ noServer: true });
    this.#server.on("upgrade", (request, socket, head) => {
      if (!this.admits(tokenOf(request.headers.authorization, new URL(request.url!, "http://x")))) {
        return void socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
      }
      sockets.handleUpgrade(request, socket, head, (opened) => this.#serve(opened));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connected(): number {
    return this.#sockets.size;
  }

  start = () => new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));

  push(target: string, ...args: unknown[]): void {
    for (const socket of this.#sockets) write(socket, { type: 1, target, arguments: args });
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.terminate();
    this.#sockets.clear();
  }

  close(): void {
    this.cutAll();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #serve(socket: WebSocket): void {
    socket.once("message", () => {
      socket.send("{}\x1e");
      this.#sockets.add(socket);
      this.connections++;
      socket.on("message", (data) => {
        for (const frame of String(data).split("\x1e").filter(Boolean)) this.#call(socket, JSON.parse(frame));
      });
    });
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #call(socket: WebSocket, frame: { type: number; invocationId: string; target: string; arguments: unknown[] }): void {
    if (frame.type !== 1 || !this.#sockets.has(socket)) return;
    const answer = (result: unknown) => write(socket, { type: 3, invocationId: frame.invocationId, result });
    const refuse = (code: string) =>
      write(socket, {
        type: 3,
        invocationId: frame.invocationId,
        error: `An unexpected error occurred invoking '${frame.target}' on the server. HubException: ${code}: text`,
      });
    if (frame.target === "Resume") return answer(this.#resume(socket, frame.arguments[0] as Position[]));
    if (frame.target === "GetOutcomes") return answer((frame.arguments[1] as string[]).map((id) => this.#outcome(id)));
    const [groupId, clientMessageId, body] = frame.arguments as [string, string, string];
    this.sends.push(clientMessageId);
    const failure = this.sendFailure(clientMessageId);
    if (failure) return refuse(failure);
    if (!this.world.accepted.has(clientMessageId) && !this.world.refused.has(clientMessageId)) {
      const message = this.world.append(groupId, body, clientMessageId);
      this.world.accepted.set(clientMessageId, message);
      if (this.cutsBeforeAnswer(clientMessageId)) return this.cutAll();
      this.world.live(message);
    }
    answer({ clientMessageId, acceptedAt: 1 });
  }

  #outcome(clientMessageId: string) {
    const code = this.world.refused.get(clientMessageId);
    const sequence = this.world.accepted.get(clientMessageId)?.sequence;
    return { clientMessageId, outcome: code ? "rejected" : sequence ? "delivered" : "unknown", sequence, code };
  }

  #resume(socket: WebSocket, positions: Position[]) {
    this.lots.push(positions.length);
    return positions.map((position) => {
      this.resumes.push(position);
      let code = this.resumeCode(position);
      const missed = code ? [] : (this.world.groups.get(position.groupId) ?? []).slice(position.lastSequence);
      let last = position.lastSequence;
      for (const message of missed.slice(0, this.mostPerResume)) {
        write(socket, { type: 1, target: "MessageReceived", arguments: [{ ...message, previousSequence: last }] });
        last = message.sequence;
      }
      code ??= missed.length > this.mostPerResume ? "more_to_replay" : undefined;
      return {
        groupId: position.groupId,
        complete: !code,
        replayed: Math.min(missed.length, this.mostPerResume),
        lastSequence: last,
        code,
      };
    });
  }
}

const tokenOf = (header: string | undefined, url: URL) => header?.replace("Bearer ", "") ?? url.searchParams.get("access_token") ?? "";

function write(socket: WebSocket, frame: unknown): void {
  if (socket.readyState === socket.OPEN) socket.send(`${JSON.stringify(frame)}\x1e`);
}
