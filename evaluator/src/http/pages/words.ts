import type {
  AgentMode,
  ChangeKind,
  IncidentState,
  OutputShape,
  ValidationOutcome,
  Verdict,
} from '@tidemark/instrumentation/semconv'

/** How bad a verdict is to look at; the glyph says the same without colour. */
export type Tone = 'bad' | 'warn' | 'good' | 'quiet'

export const VERDICT_WORDS: Readonly<
  Record<Verdict, { readonly label: string; readonly glyph: string; readonly tone: Tone; readonly meaning: string }>
> = {
  drift: {
    label: 'Drift',
    glyph: '▲',
    tone: 'bad',
    meaning: 'The outputs differ from the baseline by more than chance and by more than the tolerance.',
  },
  judge_changed: {
    label: 'Judge changed',
    glyph: '◆',
    tone: 'warn',
    meaning: 'What moved is the judge, not the agent: its scores are not to be trusted now.',
  },
  input_mix_changed: {
    label: 'Input mix changed',
    glyph: '◆',
    tone: 'warn',
    meaning: 'Other kinds of inputs arrive; within each kind the outputs are as before.',
  },
  watch: {
    label: 'Watch',
    glyph: '●',
    tone: 'warn',
    meaning: 'Evidence is gathering, not yet enough to call it a change.',
  },
  improved: {
    label: 'Improved',
    glyph: '▼',
    tone: 'good',
    meaning: 'The outputs are better than the baseline; a new baseline keeps it that way.',
  },
  stable: {
    label: 'Stable',
    glyph: '✓',
    tone: 'good',
    meaning: 'The outputs are like the baseline, as far as this many records can tell.',
  },
  insufficient_data: {
    label: 'Too little data',
    glyph: '–',
    tone: 'quiet',
    meaning: 'Too few records arrived to say anything.',
  },
  no_baseline: {
    label: 'No baseline',
    glyph: '–',
    tone: 'quiet',
    meaning: 'There is nothing to compare with yet.',
  },
}

export const MODE_WORDS: Readonly<Record<AgentMode, string>> = {
  paused: 'paused: nothing is evaluated',
  live: 'live: drift pages',
  ticket: 'ticket: drift opens tickets, pages nobody',
  shadow: 'shadow: verdicts are shown, nobody is paged',
}

export const INCIDENT_WORDS: Readonly<Record<IncidentState, string>> = {
  open: 'open, nobody has acknowledged it',
  acknowledged: 'acknowledged, paging has stopped',
  fixed: 'fixed',
  accepted: 'accepted as the new normal',
  false_alarm: 'marked as a false alarm',
}

/** Whose side a cause is on: the first question of whoever is paged. */
export const CAUSE_WORDS: Readonly<Record<ChangeKind | 'none', { readonly label: string; readonly side: string }>> = {
  model: { label: 'Model', side: 'The model that answers is another one: the vendor’s side, or whoever chose it.' },
  prompt: { label: 'Prompt', side: 'Our side: the prompt changed.' },
  tools: { label: 'Tools', side: 'Our side: the tools offered to the model changed.' },
  data: { label: 'Data source', side: 'Our side: the data that the agent reads changed.' },
  deploy: { label: 'Deployment', side: 'Our side: a new version was deployed.' },
  judge: { label: 'Judge', side: 'Neither: the judge that scores the outputs changed.' },
  config: { label: 'Configuration', side: 'Our side: the configuration changed.' },
  none: {
    label: 'No recorded change',
    side: 'Nothing recorded explains it: an unannounced change at the vendor, or other inputs.',
  },
}

export const SHAPE_WORDS: Readonly<Record<OutputShape, string>> = {
  json: 'bare JSON',
  json_fenced: 'JSON inside a code fence',
  fenced_other: 'code fence without JSON',
  call_syntax: 'function-call syntax',
  json_in_prose: 'JSON inside prose',
  broken_json: 'broken JSON',
  truncated_json: 'JSON cut off',
  prose: 'prose',
  empty: 'empty',
  refusal: 'refusal',
  tool_calls: 'tool calls',
}

export const VALIDATION_WORDS: Readonly<Record<ValidationOutcome, string>> = {
  valid: 'valid',
  repaired: 'valid after repair',
  not_json: 'no JSON at all',
  malformed_json: 'malformed JSON',
  schema_mismatch: 'JSON that does not fit the schema',
  empty: 'empty',
  refused: 'refused',
  truncated: 'cut off',
  filtered: 'filtered by the provider',
}

/** A category as people say it, where it is one of ours. */
export function categoryWords(category: string): string | undefined {
  return Object.entries(SHAPE_WORDS).find(([shape]) => shape === category)?.[1]
}
