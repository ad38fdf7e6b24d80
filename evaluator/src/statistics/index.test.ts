import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as statistics from './index.ts'

describe('the front door of the statistics', () => {
  it('exports exactly this', () => {
    expect(Object.keys(statistics).sort()).toEqual([
      'NO_ITEMS',
      'RELIABLE_LABELS',
      'REPLAY_PRIOR',
      'STATISTICS_ERROR_CODES',
      'StatisticsError',
      'adjustedEffect',
      'betaQuantile',
      'chiSquareQuantile',
      'clopperPearson',
      'createDetector',
      'createShareEvidence',
      'createVariantDetector',
      'credibleSet',
      'decompose',
      'detectableEffects',
      'effectInPoints',
      'foldBinary',
      'foldBins',
      'foldCategories',
      'foldMissing',
      'foldMoments',
      'frozenMeanDifference',
      'frozenRateDifference',
      'gateBinary',
      'gateScore',
      'jensenShannon',
      'kappa',
      'launchLump',
      'logBeta',
      'logChiSquareLower',
      'logChiSquareUpper',
      'logGamma',
      'logIncompleteBeta',
      'logIncompleteGamma',
      'logNormalCdf',
      'logNormalInterval',
      'logShareEvidence',
      'logStudentCdf',
      'logSumExp',
      'mcnemar',
      'meanInterval',
      'mergeMoments',
      'minimumDetectableEffect',
      'momentsOf',
      'mostLikely',
      'mulberry32',
      'normalCdf',
      'normalQuantile',
      'normalQuantileFromLog',
      'ppiPlusPlus',
      'psi',
      'psiWithoutChange',
      'quantileOfSorted',
      'rankEvents',
      'rankTransform',
      'rateDifference',
      'replayStrata',
      'sampleVariance',
      'segmentOf',
      'shapeBin',
      'shapeCuts',
      'shapley',
      'signFlip',
      'studentCdf',
      'studentQuantile',
      'tango',
      'tangoLower',
      'threshold',
      'variantMeanDifference',
      'variantRateDifference',
      'wasserstein',
      'wilson',
    ])
  })

  it('nothing behind it imports from outside the folder, or reads clock and randomness of its own', () => {
    const folder = new URL('.', import.meta.url)
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && path !== 'golden.ts',
    )
    expect(sources.length).toBeGreaterThan(30)
    for (const path of sources) {
      const text = readFileSync(new URL(path, folder), 'utf8')
      const depth = path.split(/[\\/]/).length - 1
      for (const [, specifier] of text.matchAll(/from '([^']+)'/g)) {
        expect(specifier, path).toMatch(/^\.\.?\//)
        expect(specifier!.split('../').length - 1, `${path}: ${specifier}`).toBeLessThanOrEqual(depth)
      }
      expect(text, path).not.toMatch(/Math\.random|Date\.now|new Date|performance\.now/)
    }
  })
})
