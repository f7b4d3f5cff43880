import { KnownModels, Placement } from '../../constructs/placement';
import { benchPlacement, placementQuestions } from '../../bench/bench-placement';

test('asks 1,000 different questions, about every model, of which most have an answer', () => {
  const questions = placementQuestions();
  expect(
    new Set(questions.map(({ model, maxModelLen, concurrency }) => `${model.name} ${maxModelLen} ${concurrency}`)).size,
  ).toBe(1000);
  expect(new Set(questions.map(({ model }) => model))).toEqual(new Set(KnownModels.all()));
  const problems = questions.map((question) => Placement._solve(question).problems);
  // What is too large for every node is a question too; one that a model cannot be asked is none.
  expect(problems.flat().filter((problem) => problem.startsWith('maxModelLen'))).toEqual([]);
  expect(problems.filter(({ length }) => length === 0).length).toBeGreaterThan(500);
});

test('is measured beside reading as many files', async () => {
  const [figure, first] = await benchPlacement({ report: '' }, () => undefined);
  expect(figure).toMatchObject({ unit: 'ms', target: { of: 'value', atMost: 600 } });
  expect(figure.samples).toHaveLength(7);
  expect(figure.baseline?.samples).toHaveLength(7);
  expect(figure.notes).toMatch(/^\d{3} fit, \d+ end with an error/);
  expect(first.value).toBeCloseTo(figure.samples![0], 0);
});
