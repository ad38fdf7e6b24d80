/** An option that cannot be used; the message names the option, its value and what to give instead. */
export class RenderError extends Error {
  readonly code = 'RENDER_OPTION_INVALID'
  override name = 'RenderError'
}
