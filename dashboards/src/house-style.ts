import {
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common'
import { VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common'
import {
  type DynamicConfigValue,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'

export const PROMETHEUS = { type: 'prometheus', uid: '${prometheus}' } as const

export const COLOR = {
  baseline: 'blue',
  current: 'orange',
  good: 'green',
  caution: 'yellow',
  bad: 'red',
  neutral: 'text',
} as const

/** Values change once a run, so points far apart are joined up to this long. */
const JOIN_MILLISECONDS = 3 * 86_400_000

export function rangeQuery(refId: string, expression: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().refId(refId).expr(expression).legendFormat(legend).range()
}

export function instantQuery(refId: string, expression: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().refId(refId).expr(expression).legendFormat(legend).instant()
}

export function tableQuery(refId: string, expression: string): DataqueryBuilder {
  return new DataqueryBuilder().refId(refId).expr(expression).format(PromQueryFormat.Table).instant()
}

export function lines(title: string, description: string): TimeseriesBuilder {
  return new TimeseriesBuilder()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(2)
    .showPoints(VisibilityMode.Never)
    .spanNulls(JOIN_MILLISECONDS)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
}

export function number(title: string, description: string): StatBuilder {
  return new StatBuilder().title(title).description(description).datasource(PROMETHEUS)
}

/** Colours from a value on; the first step holds below every other. */
export function steps(...list: readonly (readonly [from: number | null, color: string])[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(list.map(([value, color]) => ({ value, color })))
}

export function fixedColor(color: string): DynamicConfigValue {
  return { id: 'color', value: { mode: 'fixed', fixedColor: color } }
}

export const DASHED: DynamicConfigValue = { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } }
