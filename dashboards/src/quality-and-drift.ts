import { DashboardBuilder, DashboardCursorSync, DashboardLinkBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { changeMarkers } from './change-markers.ts'
import { causes } from './panels/causes.ts'
import { dataFreshness } from './panels/data-freshness.ts'
import { escalationShare } from './panels/escalation-share.ts'
import { evaluatorFreshness } from './panels/evaluator-freshness.ts'
import { evidence } from './panels/evidence.ts'
import { firingAlerts } from './panels/firing-alerts.ts'
import { onset } from './panels/onset.ts'
import { outputForm } from './panels/output-form.ts'
import { scoreMean } from './panels/score-mean.ts'
import { verdict } from './panels/verdict.ts'
import { agentVariable, evaluatorVariable, prometheusVariable, scoreVariable } from './variables.ts'

/** One agent: does it still behave like its baseline, since when not, and why. */
export function qualityAndDrift(uid: string): DashboardBuilder {
  return new DashboardBuilder('Agent quality & drift')
    .uid(uid)
    .description('Does an agent still behave like its frozen baseline; if not, since when and why.')
    .tags(['tidemark'])
    .timezone('browser')
    .time({ from: 'now-30d', to: 'now' })
    .refresh('5m')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([prometheusVariable(), agentVariable(), scoreVariable(), evaluatorVariable()])
    .annotation(changeMarkers())
    .link(
      new DashboardLinkBuilder('Verdict with examples').url('${evaluator}/agents/${agent}/verdict').targetBlank(true),
    )
    .withPanel(dataFreshness().id(1).span(8).height(4))
    .withPanel(evaluatorFreshness().id(2).span(8).height(4))
    .withPanel(firingAlerts().id(3).span(8).height(4))
    .withPanel(evidence().id(4).span(16).height(9))
    .withPanel(causes().id(5).span(8).height(9))
    .withPanel(verdict().id(6).span(16).height(4))
    .withPanel(onset().id(7).span(8).height(4))
    .withPanel(outputForm().id(8).span(12).height(9))
    .withPanel(escalationShare().id(9).span(12).height(9))
    .withPanel(scoreMean().id(10).span(8).height(8))
}
