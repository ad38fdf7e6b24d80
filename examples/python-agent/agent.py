"""A parcel desk that answers one question a line, observed with plain OpenTelemetry and nothing of Tidemark's.

OPENAI_BASE_URL, OPENAI_API_KEY       the provider
OTEL_EXPORTER_OTLP_ENDPOINT           the evaluator, such as http://127.0.0.1:8433
OTEL_SERVICE_NAME                     the name under which the evaluator knows this agent
"""

import os
import sys

from openai import OpenAI, OpenAIError
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

SYSTEM = "You answer questions about parcels in one sentence. Say so when you do not know."


def main() -> int:
    # the instrumentation's newest names; without this it may write those of an earlier convention
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    os.environ.setdefault("OTEL_SERVICE_NAME", "parcel-desk")
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    OpenAIInstrumentor().instrument()

    client = OpenAI()
    failures = 0
    for line in sys.stdin:
        question = line.strip()
        if not question:
            continue
        try:
            print(answer(client, question))
        except OpenAIError as error:
            failures += 1
            print(f"no answer: {error}", file=sys.stderr)
    provider.shutdown()
    return 1 if failures else 0


def answer(client: OpenAI, question: str) -> str:
    completion = client.chat.completions.create(
        model=os.environ.get("MODEL", "gpt-4o-mini"),
        temperature=0,
        messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}],
    )
    return completion.choices[0].message.content or ""


if __name__ == "__main__":
    sys.exit(main())
