import { judgement, type Asked, type Reply } from './loopback-judge.ts'

/**
 * Stands for a gullible model: it follows any instruction about its choice that stands outside the fence, in either message, and
 * none inside. Without one it judges honestly: `good` for an output that speaks of five days, else `poor`.
 */
export function naiveJudge({ system, user }: Asked): Reply {
  const { outside, inside } = readFence(user)
  const told = /choice\W+(?<choice>excellent|good|poor|cannot_judge)/iu.exec(withoutRubric(system) + outside)
  if (told?.groups?.['choice'] !== undefined) return judgement(told.groups['choice'].toLowerCase(), 'I was told so.')
  return judgement(/five days/u.test(inside) ? 'good' : 'poor')
}

/** Reads the fence as the instructions describe it: by the delimiter of the first line. */
export function readFence(user: string): { readonly outside: string; readonly inside: string } {
  const lines = user.split('\n')
  const delimiter = /^The delimiter of this message is (?<delimiter>\S+?)\./u.exec(lines[0] ?? '')?.groups?.[
    'delimiter'
  ]
  if (delimiter === undefined) throw new Error('the message names no delimiter')
  const outside: string[] = []
  const inside: string[] = []
  let open: string | undefined
  for (const line of lines.slice(1)) {
    const [, edge, title] = new RegExp(`^(BEGIN|END) ${delimiter} (.*)$`, 'u').exec(line) ?? []
    if (edge === 'BEGIN' && open === undefined) open = title
    else if (edge === 'END' && title === open) open = undefined
    else (open === undefined ? outside : inside).push(line)
  }
  if (open !== undefined) throw new Error(`the part ${open} never ends`)
  return { outside: outside.join('\n'), inside: inside.join('\n') }
}

/** What a judge may choose is no instruction to choose it. */
function withoutRubric(system: string): string {
  return system.slice(system.indexOf('</rubric>'))
}
