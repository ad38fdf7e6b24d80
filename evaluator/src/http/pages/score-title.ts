import type { ScoreReport } from '../../domain/verdict.ts'
import { lineText } from './hostile-text.ts'

/** Name of a score as a title: underscores are spaces. */
export function scoreTitle({ name }: Pick<ScoreReport, 'name'>): string {
  return lineText(name.replaceAll('_', ' '), 60)
}
