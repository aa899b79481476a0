// Engine `module` through the runtime, compared with engine `user` and with Node's own answers. Argument: the repository.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

const { engines, load } = await import(pathToFileURL(`${process.argv[2]}/dist/kernel/runtime/index.js`).href);

function test(name, run) {
  let notes = [];
  try {
    const [found, expected] = run();
    if (JSON.stringify(found) !== JSON.stringify(expected)) notes = [`found ${JSON.stringify(found)}`, `expected ${JSON.stringify(expected)}`];
  } catch (error) {
    notes = `${error.code ?? ""} ${error.message}\n${error.log ?? ""}`.split("\n").slice(0, 12);
  }
  for (const note of notes) console.log(`# ${note}`);
  console.log(`T ${notes.length > 0 ? "not " : ""}ok engine module: ${name}`);
}

test("the probe finds the module and every row", () => [
  { ...engines().module.probe(), exact: [] },
  { ok: true, reason: "anycall.ko is loaded (/dev/anycall)", missingRows: [], exact: [] },
]);
test("auto takes it", () => {
  const loaded = load("/rows.bpf.o", { functions: ["r_getppid"] });
  return [
    [loaded.engine, loaded.call("r_getppid", [])],
    ["module", process.ppid],
  ];
});
writeFileSync("/tmp/hello.txt", "hello, module");
test("files by descriptor and by handle", () => {
  const answers = ["module", "user"].map((engine) => {
    const loaded = load("/rows.bpf.o", { engine, functions: ["r_openat", "r_read", "r_close", "h_read"] });
    const [mem, paths, data] = ["mem", "paths", "data"].map((name) => loaded.buffer(name));
    const path = new TextEncoder().encode("/tmp/hello.txt");
    mem.set(path, 64);
    paths.set(path);
    const fd = loaded.call("r_openat", [-100, 64, path.length, 0, 0]);
    const read = loaded.call("r_read", [fd, 4096, 100]);
    const bytes = Buffer.from(mem.subarray(4096, 4096 + read)).toString();
    const closed = loaded.call("r_close", [fd]);
    const held = loaded.call("h_read", [path.length, 0, 64, 7]);
    const answer = [read, bytes, closed, held, Buffer.from(data.subarray(0, held)).toString(), loaded.call("r_close", [fd])];
    loaded.close();
    return answer;
  });
  return [answers[0], answers[1]];
});
test("a call after close throws", () => {
  const loaded = load("/rows.bpf.o", { engine: "module", functions: ["r_getppid"] });
  loaded.close();
  try {
    loaded.call("r_getppid", []);
  } catch (error) {
    return [error.code, "AC4019"];
  }
  return ["no error", "AC4019"];
});
if (existsSync("/wc.bpf.o")) {
  const file = `${process.argv[2]}/dist/kernel/runtime/index.js`;
  test("wc counts as engine user does", () => ["module", "user"].map((engine) => load("/wc.bpf.o", { engine }).call("wc", [file])));
  test("wc of a missing file", () => [load("/wc.bpf.o", { engine: "module" }).call("wc", ["/missing"]), -2]);
  test("du sums a tree as engine user does", () =>
    ["module", "user"].map((engine) => load("/du.bpf.o", { engine }).call("Du.total", [`${process.argv[2]}/dist/kernel`])));
}
const worker = new Worker(
  `
  import { parentPort, workerData } from "node:worker_threads";
  const { load } = await import(workerData);
  parentPort.postMessage(load("/rows.bpf.o", { engine: "module", functions: ["r_getppid"] }).call("r_getppid", []));
`,
  { eval: true, workerData: pathToFileURL(`${process.argv[2]}/dist/kernel/runtime/index.js`).href },
);
const answer = await new Promise((done) => {
  worker.on("message", done);
  worker.on("error", (error) => done(String(error)));
});
test("in a Worker", () => [answer, process.ppid]);
test("the module tells its version", () => [readFileSync("/sys/module/anycall/version", "utf8").trim(), "0.1.0"]);
console.log("T done");
