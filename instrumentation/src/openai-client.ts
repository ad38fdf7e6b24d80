/** What `instrument` needs of a client of the openai package, majors 6 and 7, Azure included. */
export interface OpenAIClient {
  readonly baseURL: string
  readonly maxRetries: number
  readonly timeout: number
  withOptions(options: object): this
}
