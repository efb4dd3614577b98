// Answers statements of DuckDB: a line of JSON {sql, args} each, and a line {columns, rows, took} or {error} for it.
// took are the milliseconds of DuckDB, without those of the line.
import { createInterface } from "node:readline";
import { DuckDBInstance } from "@duckdb/node-api";

const duck = await (await DuckDBInstance.create(":memory:")).connect();
const plain = (v) => (typeof v === "bigint" ? Number(v) : v);
for await (const line of createInterface({ input: process.stdin })) {
  const { sql, args } = JSON.parse(line);
  let answer;
  try {
    const began = performance.now();
    const read = await duck.runAndReadAll(sql, (args ?? []).map((v) => (typeof v === "number" ? BigInt(v) : v)));
    const took = performance.now() - began;
    answer = { took, columns: read.columnNames(), rows: read.getRows().map((row) => row.map(plain)) };
  } catch (e) {
    answer = { error: String(e) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
