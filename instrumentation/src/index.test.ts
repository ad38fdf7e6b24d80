import { expect, it } from 'vitest'
import * as frontDoor from './index.ts'

it('the front door is createTidemark and the error', () => {
  expect(Object.keys(frontDoor).toSorted()).toEqual(['TidemarkError', 'createTidemark'])
})
