// Starts the AppHost on this machine without containers, with a dashboard on a free port, and stops it with everything it started.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const FirstGatewayPort = 5400;
const LastGatewayPort = 5600;
const StopTimeout = 30_000;
const KeptOutput = 4_000;

/** Starts the AppHost, which must be built. Returns the dashboard's address, its login page, the end of the output and how to stop. */
export async function startAppHost(root, configuration) {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const [dashboard, telemetry, resources] = ports.map(port => `http://localhost:${port}`);
  const token = randomUUID();
  const settings = ["Containers=false", "Gateways=2", `GatewayPort=${await freeGatewayPort()}`];
  const command = ["run", "--project", "ConnectChat.AppHost", "-c", configuration, "--no-build", "--no-launch-profile", "--", ...settings];
  const environment = {
    ...process.env,
    ASPNETCORE_ENVIRONMENT: "Development",
    DOTNET_ENVIRONMENT: "Development",
    ASPIRE_ALLOW_UNSECURED_TRANSPORT: "true",
    ASPNETCORE_URLS: dashboard,
    ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL: telemetry,
    ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL: resources,
    ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN: token,
    // Without it the AppHost ends before what it started has ended.
    DcpPublisher__WaitForResourceCleanup: "true",
    // The AppHost watches this process and ends with it, so that nothing stays behind when this process is killed and cannot stop it.
    ASPIRE_CLI_PID: `${process.pid}`,
  };

  // A process group of its own: `dotnet run` does not pass signals on to the program that it runs.
  const child = spawn("dotnet", command, { cwd: root, env: environment, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", data => (output = (output + data).slice(-KeptOutput)));
  child.on("error", failure => (output += failure.message));
  return {
    dashboard,
    login: `${dashboard}/login?t=${token}`,
    isRunning: () => isRunning(child.pid),
    output: () => output.trim(),
    stop: () => stop(child.pid),
  };
}

async function stop(group) {
  const until = Date.now() + StopTimeout;
  signal(group, "SIGINT");
  while (isRunning(group) && Date.now() < until) await delay(100);
  signal(group, "SIGKILL");
}

function isRunning(group) {
  return signal(group, 0);
}

function signal(group, name) {
  try {
    return group !== undefined && process.kill(-group, name);
  } catch {
    // The group has ended.
    return false;
  }
}

async function freeGatewayPort() {
  for (let port = FirstGatewayPort; port < LastGatewayPort; port += 10) {
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
  throw new Error(`no two free ports for the gateways from ${FirstGatewayPort} to ${LastGatewayPort}`);
}

async function isFree(port) {
  return freePort(port).then(() => true, () => false);
}

function freePort(port = 0) {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}
