/** An agent's name becomes a label, a path and a line of text: 1 to 128 characters, well-formed, no control characters. */
export function isAgentName(name: string): boolean {
  return name.trim() !== '' && name.length <= 128 && name.isWellFormed() && !/\p{Cc}/u.test(name)
}
