import { expect, test } from 'vitest'
import { judgeAgreement, type LabelledAnswer } from './judge-agreement.ts'

const RUBRIC = { choices: { solved: 1, partly: 0.5, missed: 0 }, direction: 'higher-better' } as const

function answers(count: number, judge: number, human: number | string): LabelledAnswer[] {
  return Array.from({ length: count }, () => ({ judge, human }))
}

test('kappa is that of the four-fold table: a defect lies below the middle of the choices', () => {
  // Cohen 1960: observed 0.7, by chance 0.5 · 0.6 + 0.5 · 0.4
  const table = [
    ...answers(20, 0, 'Missed'),
    ...answers(10, 1, 0),
    ...answers(5, 0, 'solved'),
    ...answers(15, 0.5, 'partly'),
  ]
  expect(judgeAgreement('helpfulness', table, RUBRIC)).toMatchObject({
    score: 'helpfulness',
    labels: 50,
    kappa: expect.closeTo(0.4, 10),
    baseRate: 0.6,
    sensitivity: expect.closeTo(2 / 3, 10),
    specificity: 0.75,
  })
})

test('a score of which less is better has its defects above the middle', () => {
  const table = [...answers(15, 1, 1), ...answers(15, 0, 0)]
  expect(judgeAgreement('rudeness', table, { ...RUBRIC, direction: 'lower-better' })).toMatchObject({
    kappa: 1,
    baseRate: 0.5,
  })
})

test('labels that are no choice of the rubric are not counted, and 19 labels say nothing', () => {
  expect(judgeAgreement('helpfulness', answers(19, 0, 'missed'), RUBRIC)).toBeNull()
  expect(
    judgeAgreement('helpfulness', [...answers(19, 0, 'missed'), ...answers(9, 0, 'five stars')], RUBRIC),
  ).toBeNull()
})

test('kappa is undefined, not 1, where judge and people name the same side every time', () => {
  expect(judgeAgreement('helpfulness', answers(30, 1, 1), RUBRIC)).toMatchObject({
    labels: 30,
    kappa: null,
    baseRate: 0,
  })
})
