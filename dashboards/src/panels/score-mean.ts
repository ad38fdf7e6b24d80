import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { COLOR, DASHED, fixedColor, lines, rangeQuery } from '../house-style.ts'
import { maxBy, ofAgent } from '../promql.ts'

/** A score of every run with its 95 % interval, beside the baseline; one panel for each score. */
export function scoreMean(): PanelBuilder {
  const score = '$score'
  return lines('$score', 'Mean of each run with its 95 % interval; dashed: the frozen baseline.')
    .repeat('score')
    .repeatDirection('h')
    .maxPerRow(3)
    .withTarget(rangeQuery('low', maxBy([], ofAgent('scoreMeanLow', { score, window: 'current' })), 'low'))
    .withTarget(rangeQuery('high', maxBy([], ofAgent('scoreMeanHigh', { score, window: 'current' })), 'high'))
    .withTarget(rangeQuery('current', maxBy([], ofAgent('scoreMean', { score, window: 'current' })), 'now'))
    .withTarget(rangeQuery('baseline', maxBy([], ofAgent('scoreMean', { score, window: 'baseline' })), 'baseline'))
    .overrideByRegexp('/^(low|high)$/', [fixedColor(COLOR.current), { id: 'custom.lineWidth', value: 0 }])
    .overrideByName('high', [
      { id: 'custom.fillBelowTo', value: 'low' },
      { id: 'custom.fillOpacity', value: 20 },
    ])
    .overrideByName('now', [fixedColor(COLOR.current)])
    .overrideByName('baseline', [fixedColor(COLOR.baseline), DASHED])
}
