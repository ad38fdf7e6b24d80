/** Hosts whose provider has a name of its own in the convention; the name tells the format's flavour, not who hosts it. */
const PROVIDERS: readonly (readonly [suffix: string, provider: string])[] = [
  ['.openai.azure.com', 'azure.ai.openai'],
  ['.services.ai.azure.com', 'azure.ai.openai'],
  ['.amazonaws.com', 'aws.bedrock'],
  ['.api.aws', 'aws.bedrock'],
  ['aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['api.anthropic.com', 'anthropic'],
  ['api.deepseek.com', 'deepseek'],
  ['api.groq.com', 'groq'],
  ['api.mistral.ai', 'mistral_ai'],
  ['api.moonshot.ai', 'moonshot_ai'],
  ['api.perplexity.ai', 'perplexity'],
  ['api.x.ai', 'x_ai'],
]

/** `gen_ai.provider.name` of a host; everything that speaks the OpenAI API and is not known by name is `openai`. */
export function providerName(hostname: string): string {
  return PROVIDERS.find(([suffix]) => hostname.endsWith(suffix))?.[1] ?? 'openai'
}
