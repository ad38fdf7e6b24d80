import { RE2JS } from 're2js'
import { z } from 'zod'

/** A compiled pattern. Matching takes time linear in the text, whatever the pattern: no output can make it hang. */
export type SafePattern = { test(text: string): boolean }

/** A pattern in RE2's syntax: that of JavaScript without look-around and back-references. */
export const patternText = z
  .string()
  .min(1)
  .max(2000)
  .superRefine((pattern, context) => {
    try {
      compilePattern(pattern)
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: `${JSON.stringify(pattern)} is no pattern in RE2 syntax, which has no look-around and no back-references (${error instanceof Error ? error.message : String(error)})`,
      })
    }
  })

/** Flags as JavaScript writes them: `i` any case, `s` dot matches newlines, `m` lines. */
export const patternFlags = z
  .string()
  .regex(/^[ism]*$/u, 'takes i, s and m only')
  .default('')

/** @throws for a pattern that is not RE2's */
export function compilePattern(pattern: string, flags = ''): SafePattern {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern), bitsOf(flags))
  return { test: (text) => compiled.matcher(text).find() }
}

function bitsOf(flags: string): number {
  const bits = { i: RE2JS.CASE_INSENSITIVE, s: RE2JS.DOTALL, m: RE2JS.MULTILINE }
  return (flags.includes('i') ? bits.i : 0) | (flags.includes('s') ? bits.s : 0) | (flags.includes('m') ? bits.m : 0)
}
