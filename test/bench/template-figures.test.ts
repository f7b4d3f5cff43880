import { templateFigures } from '../../bench/template-figures';

test('the largest templates are held against what is allowed, each by its own measure', () => {
  const templates = [
    { stack: 'Many', resources: 401, bytes: 10 },
    { stack: 'Long', resources: 2, bytes: 700_000 },
    { stack: 'Small', resources: 1, bytes: 1 },
  ];
  expect(templateFigures(templates, '3 models')).toMatchObject([
    {
      what: 'resources of the largest template with 3 models',
      value: 401,
      target: { atMost: 400, met: false },
      notes: 'Many',
    },
    {
      what: 'bytes of the largest template with 3 models',
      value: 700_000,
      target: { atMost: 700_000, met: true },
      notes: 'Long',
    },
  ]);
});
