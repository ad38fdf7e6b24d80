import { expect, it } from 'vitest'
import * as edgeDoor from './edge.ts'
import * as frontDoor from './index.ts'
import * as nodeDoor from './node.ts'

it('the front door leads to what was meant to be public, and to nothing else', () => {
  expect(Object.keys(frontDoor).toSorted()).toEqual(['TidemarkError', 'answerShape', 'createTidemark', 'genaiPrices'])
  expect(Object.keys(edgeDoor)).toEqual(Object.keys(frontDoor))
  expect(Object.keys(nodeDoor)).toEqual(['startTelemetry'])
})
