const LOOP = `
import time, pyarrow as pa
def loop(table, count):
    columns = {name: table.column(name).chunk(0) for name in table.column_names}
    make, clock = pa.table, time.perf_counter_ns
    start = clock()
    for _ in range(count):
        make(columns)
    return (clock() - start) / count
def read(data):
    return pa.ipc.open_stream(data).read_all()
def write(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()
def address(table):
    return table.column(0).chunk(0).buffers()[1].address
`;

/**
 * @param {any} py
 * @param {any} tensor
 * @returns {Promise<import('./contestant.mjs').Arrow>}
 */
export async function arrow(py, tensor) {
  const { makeData, Int32, tableFromIPC, tableToIPC, Table, Vector } = await import('apache-arrow');
  const { loop, read, write, address } = py.exec(LOOP, {
    out: ['loop', 'read', 'write', 'address'],
  });
  const column = (/** @type {number} */ length) =>
    new Vector([makeData({ type: new Int32(), length, data: new Int32Array(length).fill(7) })]);
  return {
    table: (count) => new Table({ x: column(count) }),
    wide: (columns) =>
      new Table(
        Object.fromEntries(Array.from({ length: columns }, (_, i) => [`c${i}`, column(1000)])),
      ),
    give: (table) => py.toArrow(table).$dispose(),
    keep: (table) => py.toArrow(table),
    take: (python) => py.fromArrow(python),
    giveByIpc: (table) => read(tableToIPC(table)).$dispose(),
    takeByIpc: (python) => tableFromIPC(write(python)),
    inPython: (table, count) => loop(py.toArrow(table), count),
    sameAddress: (table, python) => {
      const { values } = py.fromArrow(python).getChildAt(0).data[0];
      const own = tensor(table.getChildAt(0).data[0].values).address;
      return tensor(values).address === own && BigInt(address(python)) === own;
    },
  };
}
