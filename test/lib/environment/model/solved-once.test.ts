import { Placement } from '../../../../constructs/placement';
import { production } from '../../../../environments';
import { PlatformStage } from '../../../../lib/stage';
import { testApp } from '../../../support/app';

test('the placement of a model is solved once for all checks and stacks of a synth', () => {
  const solve = jest.spyOn(Placement, '_solve');
  const environment = { ...production, models: production.models.map((model) => ({ ...model })) };
  new PlatformStage(testApp(), 'once', { environment });
  expect(solve.mock.calls.map(([{ model }]) => model.name)).toEqual(
    environment.models.map(({ repository }) => repository),
  );
  solve.mockRestore();
});
