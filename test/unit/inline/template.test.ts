import { describe, expect, it } from 'vitest';

import { assertTemplate, joinTemplate } from '../../../src/inline/template.ts';

const tag = (strings: TemplateStringsArray, ..._values: unknown[]): TemplateStringsArray => strings;

describe('joinTemplate', () => {
  it('puts a name in the place of each value', () => {
    expect(joinTemplate(tag`${1} + ${2}`)).toEqual({
      source: '_snakepit_0_ + _snakepit_1_',
      names: ['_snakepit_0_', '_snakepit_1_'],
    });
  });

  it('keeps the raw text', () => {
    expect(joinTemplate(tag`"\n\unicode"`).source).toBe('"\\n\\unicode"');
  });

  it('takes names that the text does not have', () => {
    const { source, names } = joinTemplate(tag`_snakepit_0_ + _snakepit1_0_ + ${1}`);
    expect(names).toEqual(['_snakepit2_0_']);
    expect(source).toBe('_snakepit_0_ + _snakepit1_0_ + _snakepit2_0_');
  });
});

describe('assertTemplate', () => {
  it('knows what a tag gets', () => {
    expect(() => {
      assertTemplate(tag`x`);
    }).not.toThrow();
    for (const other of ['x', ['x'], { raw: ['x'] }, null, undefined]) {
      expect(() => {
        assertTemplate(other);
      }).toThrow('py.exec');
    }
  });
});
