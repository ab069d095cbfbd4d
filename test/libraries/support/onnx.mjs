// onnxruntime runs models and cannot build them, so this writes one: y = Relu(x W + b) over float32.
// An ONNX file is one protobuf message; the field numbers are those of onnx/onnx.proto.
const LENGTH_DELIMITED = 2;
const FLOAT = 1;

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

/** One field: a number is a varint; text, bytes and messages are preceded by their length. */
function field(number, value) {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const body = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(number * 8 + LENGTH_DELIMITED), varint(body.length), body]);
}

const message = (...fields) => Buffer.concat(fields);

/** NodeProto: input = 1, output = 2, op_type = 4. */
const node = (operator, inputs, output) =>
  message(...inputs.map((name) => field(1, name)), field(2, output), field(4, operator));

/** TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9 (little-endian). */
const initializer = (name, dims, values) =>
  message(
    ...dims.map((size) => field(1, size)),
    field(2, FLOAT),
    field(8, name),
    field(9, Buffer.from(Float32Array.from(values).buffer)),
  );

/** ValueInfoProto: name = 1, type = 2 { tensor_type = 1 { elem_type = 1, shape = 2 { dim = 1 } } }. */
function valueInfo(name, dims) {
  // A dimension is dim_value = 1, or dim_param = 2 where it has a name.
  const shape = dims.map((size) => field(1, field(typeof size === 'number' ? 1 : 2, size)));
  return message(
    field(1, name),
    field(2, field(1, message(field(1, FLOAT), field(2, message(...shape))))),
  );
}

/** `rows` (n values each) are W, `bias` is b; x is [batch, W's height]. */
export function denseLayer(rows, bias) {
  const [height, width] = [rows.length, bias.length];
  const graph = message(
    field(1, node('MatMul', ['x', 'W'], 'xW')),
    field(1, node('Add', ['xW', 'b'], 'sum')),
    field(1, node('Relu', ['sum'], 'y')),
    field(2, 'dense'),
    field(5, initializer('W', [height, width], rows.flat())),
    field(5, initializer('b', [width], bias)),
    field(11, valueInfo('x', ['batch', height])),
    field(12, valueInfo('y', ['batch', width])),
  );
  // ModelProto: ir_version = 1, graph = 7, opset_import = 8 { version = 2 }.
  return message(field(1, 8), field(7, graph), field(8, field(2, 13)));
}
