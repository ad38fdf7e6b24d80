import type { ReadJudgement } from '../judge-agreement.ts'

/** Where one judge and the humans part. Pairs are named by id; nothing of their text is repeated. */
export type Parting = {
  readonly dataset: string
  readonly subset: string
  readonly judge: string
  readonly prompt: string
  readonly disagreements: number
  /** How they part, in counts. */
  readonly kinds: {
    /** Both decide, for different answers. */
    readonly opposite: number
    readonly judgeTied: number
    readonly humansTied: number
    readonly unread: number
  }
  /** Categories from the one with the lowest agreement on. */
  readonly categories: readonly { readonly category: string; readonly verdicts: number; readonly percent: number }[]
  /** Share of pairs shown in both orders for which the judge named the same position both times. Null without such pairs. */
  readonly followsPosition: number | null
  /** Pairs on which judge and humans decide for different answers, as often as the judge was asked; the first by id. */
  readonly examples: readonly string[]
}

const CATEGORIES_SHOWN = 3
const EXAMPLES_SHOWN = 5

export function partingOf(
  { dataset, subset, judge, prompt }: Pick<Parting, 'dataset' | 'subset' | 'judge' | 'prompt'>,
  judged: readonly ReadJudgement[],
): Parting {
  const apart = judged.filter(({ human, read }) => human !== read)
  const count = (isSo: (one: ReadJudgement) => boolean): number => apart.filter(isSo).length
  return {
    dataset,
    subset,
    judge,
    prompt,
    disagreements: apart.length,
    kinds: {
      opposite: count(isOpposite),
      judgeTied: count(({ read }) => read === 'tie'),
      humansTied: count(({ human, read }) => human === 'tie' && read !== null),
      unread: count(({ read }) => read === null),
    },
    categories: categoriesOf(judged),
    followsPosition: positionShare(judged),
    examples: [...Map.groupBy(judged, ({ pair }) => pair.id)]
      .filter(([, ofPair]) => ofPair.every(isOpposite))
      .map(([id]) => id)
      .toSorted()
      .slice(0, EXAMPLES_SHOWN),
  }
}

function isOpposite({ human, read }: ReadJudgement): boolean {
  return read !== null && read !== 'tie' && human !== 'tie' && human !== read
}

function categoriesOf(judged: readonly ReadJudgement[]): Parting['categories'] {
  return [...Map.groupBy(judged, ({ pair }) => pair.category)]
    .map(([category, own]) => ({
      category,
      verdicts: own.length,
      percent: Math.round((own.filter(({ human, read }) => human === read).length / own.length) * 1000) / 10,
    }))
    .toSorted((a, b) => a.percent - b.percent)
    .slice(0, CATEGORIES_SHOWN)
}

/** A judge that names the first answer in both orders has named another text each time. */
function positionShare(judged: readonly ReadJudgement[]): number | null {
  const both = [...Map.groupBy(judged, ({ pair }) => pair.id).values()].flatMap((ofPair) => {
    const original = ofPair.find(({ recorded }) => recorded.order === 'original')?.read
    const swapped = ofPair.find(({ recorded }) => recorded.order === 'swapped')?.read
    return original == null || swapped == null || original === 'tie' || swapped === 'tie' ? [] : [original !== swapped]
  })
  return both.length === 0 ? null : both.filter(Boolean).length / both.length
}
