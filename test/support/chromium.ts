// A headless Chromium that is spoken to over a pipe, in the Chrome DevTools Protocol
// (https://chromedevtools.github.io/devtools-protocol/): it opens pages, tells what they complain of, and runs scripts in them.

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** Where the browser is; undefined where there is none. */
function findChromium(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The browser's path, if there is one. */
export const chromium: string | undefined = findChromium();

/** Why tests in a browser are skipped; false where they are not, as with CI set. */
export const skipBrowser: string | false =
  chromium === undefined && process.env.CI === undefined
    ? "no Chromium is installed here (apt-get install chromium); with CI set this fails"
    : false;

/** WebGPU where there is no graphics card: SwiftShader computes what it would. */
const webgpuArguments = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

/** The arguments with which it runs alone and unseen. */
export const browserArguments = (profile: string, hasWebgpu = false): string[] => [
  "--headless",
  "--no-sandbox",
  ...(hasWebgpu ? webgpuArguments : ["--disable-gpu"]),
  "--disable-dev-shm-usage",
  "--disable-extensions",
  "--no-first-run",
  `--user-data-dir=${profile}`,
];

/** Ends a browser that was started detached, with the processes that it started. */
export async function endBrowser(browser: ChildProcess): Promise<void> {
  if (browser.pid === undefined || browser.exitCode !== null) return;
  const ended = new Promise((resolve) => browser.once("exit", resolve));
  process.kill(-browser.pid, "SIGKILL");
  await ended;
}

type Parameters = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Parameters;
  readonly result?: Parameters;
  readonly error?: { readonly message: string };
}

/** The pipe: messages are JSON with a zero byte behind each. */
class Connection {
  private readonly browser: ChildProcess;
  private next = 1;
  private readonly waiting = new Map<number, (message: Message) => void>();
  readonly listeners: ((method: string, params: Parameters) => void)[] = [];

  constructor(browser: ChildProcess) {
    this.browser = browser;
    let rest = "";
    (browser.stdio[4] as Readable).setEncoding("utf8").on("data", (part: string) => {
      const texts = (rest + part).split("\0");
      rest = texts.pop()!;
      for (const text of texts) this.receive(JSON.parse(text) as Message);
    });
  }

  private receive({ id, method, params, ...rest }: Message): void {
    if (id !== undefined) this.waiting.get(id)?.({ id, ...rest });
    else if (method !== undefined) for (const listener of this.listeners) listener(method, params ?? {});
  }

  async send(method: string, params: Parameters = {}, sessionId?: string): Promise<Parameters> {
    const id = this.next++;
    const text = JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) });
    const answer = new Promise<Message>((resolve) => this.waiting.set(id, resolve));
    (this.browser.stdio[3] as Writable).write(`${text}\0`);
    const { result, error } = await answer;
    this.waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }
}

/** How a page is looked at. */
export interface View {
  readonly width: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
  readonly media?: "print";
}

/** An open page. */
export interface Page {
  /** What it complained of: errors and warnings of the console, exceptions, requests that were refused. */
  readonly complaints: readonly string[];
  /** Addresses that it asked for, its own aside. */
  readonly asked: readonly string[];
  view(view: View): Promise<void>;
  /** What a JavaScript expression gives there, as JSON. */
  evaluate(expression: string): Promise<unknown>;
  /** A picture of the whole page as PNG. */
  screenshot(): Promise<Buffer>;
}

/** Opens a page in a browser of its own, which `end` ends. @param hasWebgpu whether pages have WebGPU */
export async function openPage(
  executable: string,
  address: string,
  hasWebgpu = false,
): Promise<{ page: Page; end(): Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), "weightbridge-page-"));
  const browser = spawn(executable, [...browserArguments(profile, hasWebgpu), "--remote-debugging-pipe"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    detached: true,
  });
  const end = async (): Promise<void> => {
    await endBrowser(browser);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    return { page: await attached(new Connection(browser), address), end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function attached(connection: Connection, address: string): Promise<Page> {
  const { targetId } = await connection.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await connection.send("Target.attachToTarget", { targetId, flatten: true });
  const send = (method: string, params: Parameters = {}): Promise<Parameters> =>
    connection.send(method, params, sessionId as string);
  const complaints: string[] = [];
  const asked: string[] = [];
  const loaded = new Promise<void>((resolve) => {
    connection.listeners.push((method, params) => {
      const complaint = complaintOf(method, params);
      if (complaint !== undefined) complaints.push(complaint);
      if (method === "Network.requestWillBeSent") asked.push((params.request as { url: string }).url);
      if (method === "Page.loadEventFired") resolve();
    });
  });
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  await send("Emulation.setScrollbarsHidden", { hidden: true });
  await send("Page.navigate", { url: address });
  await loaded;
  return {
    complaints,
    get asked() {
      return asked.filter((url) => url !== address && !url.startsWith("data:"));
    },
    view: async ({ width, height = 900, scheme = "light", media = "" }) => {
      await send("Emulation.setDeviceMetricsOverride", {
        width,
        height,
        deviceScaleFactor: 1,
        mobile: false,
      });
      const features = [{ name: "prefers-color-scheme", value: scheme }];
      await send("Emulation.setEmulatedMedia", { media, features });
    },
    evaluate: async (expression) => {
      const { result, exceptionDetails } = await send("Runtime.evaluate", {
        expression,
        returnByValue: true,
        awaitPromise: true,
      });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value?: unknown }).value;
    },
    screenshot: async () => {
      const { data } = await send("Page.captureScreenshot", { captureBeyondViewport: true });
      return Buffer.from(data as string, "base64");
    },
  };
}

function complaintOf(method: string, params: Parameters): string | undefined {
  if (method === "Runtime.exceptionThrown") return JSON.stringify(params.exceptionDetails);
  if (method === "Log.entryAdded") {
    const { level, text } = params.entry as { level: string; text: string };
    return level === "error" || level === "warning" ? text : undefined;
  }
  if (method !== "Runtime.consoleAPICalled") return undefined;
  return params.type === "error" || params.type === "warning" ? JSON.stringify(params.args) : undefined;
}
