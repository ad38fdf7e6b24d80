import type { ChangeKind } from '@tidemark/instrumentation/semconv'
import { html } from 'hono/html'
import type { Incident, VerdictRecord } from '../../domain/verdict.ts'
import { visibleText } from './hostile-text.ts'
import type { Markup } from './layout.ts'

/** What to do about a verdict, in order, with the commands that do it. */
export function nextSteps(record: VerdictRecord, incident: Incident | undefined, origin: string): Markup {
  const steps = [...stepsOf(record), ...incidentSteps(incident, origin)]
  return html`<section aria-labelledby="next">
    <h2 id="next">What to do next</h2>
    <ol class="steps">
      ${steps.map((step) => html`<li>${step}</li>`)}
    </ol>
  </section>`
}

function stepsOf(record: VerdictRecord): Markup[] {
  // a version in force is replaced only on purpose, and after a change only by what came after it
  const since = record.onset === null ? '' : ` --since ${new Date(record.onset.at).toISOString()}`
  const replace = record.baseline === null ? '' : ` --replace${since}`
  const freeze = html`<code>tidemark baseline freeze --agent ${shellWord(record.agent)}${replace}</code>`
  switch (record.verdict) {
    case 'drift':
      return [
        html`Look at the <a href="#examples">examples</a>: is the new behaviour wrong, or only different?`,
        causeStep(leadingCause(record)),
        html`If the new behaviour is wanted, freeze a new baseline from it: ${freeze}.`,
      ]
    case 'judge_changed':
      return [
        html`Find out what changed about the judge: its model, its rubric, its settings. Until then judged scores tell
        nothing.`,
        html`If it was not meant, put the judge back and close the ticket as <code>fixed</code>: the next run watches it
          anew.`,
        html`If the judge of now is to stay, freeze a new baseline, which it then scores as well: ${freeze}.`,
        html`Scores without a judge still count: see the <a href="#scores">scores</a>.`,
      ]
    case 'input_mix_changed':
      return [
        html`See which <a href="#segments">segment</a> grew, and whether that was expected. Nobody needs to act tonight.`,
        html`If the new mix stays, freeze a new baseline so that it is covered: ${freeze}.`,
      ]
    case 'watch':
      return [html`Nothing yet. Look again after the next run, or at the <a href="#examples">examples</a> now.`]
    case 'improved':
      return [
        html`Check that it is the agent, and not easier inputs: see the <a href="#segments">segments</a>.`,
        html`Freeze a new baseline, or the next loss will be found late: ${freeze}.`,
      ]
    case 'stable':
      return [html`Nothing.`]
    case 'insufficient_data':
      return [
        html`Check that the agent is running and its traces arrive: the <a href="/">list of agents</a> tells when it was
          last seen.`,
        html`With under 10 records a slot, a weekly schedule tells more than a daily one.`,
      ]
    case 'no_baseline':
      return [
        html`Let 200 to 300 records of good behaviour arrive.`,
        html`Freeze them as the baseline: ${freeze}. The next run gives a verdict.`,
      ]
  }
}

function causeStep(kind: ChangeKind | 'none'): Markup {
  switch (kind) {
    case 'model':
      return html`If it is wrong: pin the version that answered before, by its dated name, and see whether the next run
      recovers.`
    case 'prompt':
    case 'deploy':
    case 'config':
      return html`If it is wrong: roll that change back, and see whether the next run recovers.`
    case 'tools':
    case 'data':
      return html`If it is wrong: ask the owner of that source with the examples in hand; undo the change meanwhile.`
    case 'judge':
      return html`The judge changed at the same time: compare the scores that need no judge first.`
    case 'none':
      return html`Nothing recorded explains it: ask the provider, and check what was released around the onset without a
      version.`
  }
}

function incidentSteps(incident: Incident | undefined, origin: string): Markup[] {
  if (incident === undefined || (incident.state !== 'open' && incident.state !== 'acknowledged')) return []
  const command = (action: string) =>
    visibleText(
      `curl ${shellWord(`${origin}/api/incidents/${encodeURIComponent(incident.id)}`)} -H 'content-type: application/json' -d '{"action":"${action}","by":"your name"}'`,
    )
  const acknowledge = html`Tell the others that you are on it, which stops the paging:
    <code class="block">${command('acknowledge')}</code>`
  const close = html`Close the incident when it is over, as <code>fixed</code>, <code>false_alarm</code> or, where the
    new behaviour is wanted, <code>accepted</code>: <code class="block">${command('fixed')}</code>`
  return incident.state === 'open' ? [acknowledge, close] : [close]
}

function leadingCause({ causes }: VerdictRecord): ChangeKind | 'none' {
  return [...causes].sort((a, b) => b.probability - a.probability)[0]?.kind ?? 'none'
}

/** A word for a POSIX shell, so that a name from outside cannot become a command when it is pasted. */
function shellWord(text: string): string {
  const visible = visibleText(text)
  return /^[\w.:/@%+=-]+$/u.test(visible) ? visible : `'${visible.replaceAll("'", String.raw`'\''`)}'`
}
