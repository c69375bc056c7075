import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentNames, legalDocumentName } from '../../src/converse/document-names.ts';

test('case 72: a file name becomes a legal document name', () => {
  expect(legalDocumentName('Report_v1.2 (final).pdf')).toBe('Report v1 2 (final)');
  expect(legalDocumentName('/home/x/Café  crème\u3000é.md')).toBe('Cafe creme e');
  expect(legalDocumentName('.env')).toBe('env');
  expect(legalDocumentName('文書.pdf')).toMatch(/^document [A-Za-z0-9]{6}$/);
  expect(legalDocumentName('文書.pdf')).not.toBe(legalDocumentName('報告.pdf'));
  expect(legalDocumentName(undefined)).toBe('document');
});

test('case 72: any names give legal, different names, and those of earlier turns never change', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.string({ unit: 'grapheme', maxLength: 300 }), { nil: undefined })), (files) => {
      const name = documentNames();
      const names = files.map((file) => name(file));
      expect(new Set(names).size).toBe(names.length);
      for (const given of names) expect(given).toMatch(/^(?!.* {2})[A-Za-z0-9 ()[\]-]{1,200}$/);
      const again = documentNames();
      expect(files.slice(0, 3).map((file) => again(file))).toEqual(names.slice(0, 3));
    }),
  );
});

test('a legal name stays, however long', () => {
  for (const name of ['Report (final) [2]', 'a'.repeat(200)]) expect(legalDocumentName(name)).toBe(name);
});

test('case 72: the same file twice gets a number', () => {
  const name = documentNames();
  expect([name('a.pdf'), name('a.csv'), name('a (2).pdf'), name('a.pdf')]).toEqual([
    'a',
    'a (2)',
    'a (2) (2)',
    'a (3)',
  ]);
});
