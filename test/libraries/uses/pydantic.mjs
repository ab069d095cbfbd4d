import assert from 'node:assert/strict';

import { errors, kw } from 'snakepit';

import { py } from '../support/host.mjs';

const SOURCE = `
from datetime import datetime
from pydantic import BaseModel, Field, field_validator

class Item(BaseModel):
    name: str
    price: float = Field(gt=0)

class Order(BaseModel):
    id: int
    items: list[Item] = []
    placed: datetime | None = None

def checked(check):
    class Checked(BaseModel):
        code: str
        _check = field_validator('code')(lambda value: check(value))
    return Checked
`;

export function use() {
  const { Item, Order, checked } = py.exec(SOURCE, { out: ['Item', 'Order', 'checked'] });
  const placed = new Date('2026-01-02T03:04:05.678Z');
  const order = Order.model_validate({ id: '7', items: [{ name: 'tea', price: 3 }], placed });
  assert.equal(order.id, 7);
  assert.equal(order.items[0].price, 3);
  assert.ok(py.isinstance(order.items[0], Item));
  // By field, nested ones too, as data.
  assert.deepEqual(order.$toJS({ dates: 'date' }), {
    id: 7,
    items: [{ name: 'tea', price: 3 }],
    placed,
  });
  assert.deepEqual(JSON.parse(order.model_dump_json()).items, [{ name: 'tea', price: 3 }]);

  assert.throws(
    () => Item(kw({ name: 'tea', price: -1 })),
    (error) => {
      assert.ok(error instanceof errors.ValueError);
      assert.equal(error.type, 'ValidationError');
      return /greater than 0/.test(error.message);
    },
  );
  // A validator in JavaScript: what it gives is the value; a ValueError of its is pydantic's to tell.
  const upper = checked((value) => value.toUpperCase());
  assert.equal(upper(kw({ code: 'ab' })).code, 'AB');
  const refuse = checked(() => {
    throw new errors.ValueError('no such code');
  });
  assert.throws(() => refuse(kw({ code: 'x' })), /no such code/);

  class Tea {
    constructor(name) {
      this.name = name;
    }
  }
  const codec = py.codec({
    pyType: Item,
    toJS: (item) => new Tea(item.name),
    jsClass: Tea,
    fromJS: ({ name }) => Item(kw({ name, price: 1 })),
  });
  try {
    assert.deepEqual([...order.items], [new Tea('tea')]);
    assert.equal(Order(kw({ id: 1, items: [new Tea('mint')] })).items[0].name, 'mint');
  } finally {
    codec.$dispose();
  }
}
